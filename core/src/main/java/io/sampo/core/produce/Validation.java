package io.sampo.core.produce;

import io.sampo.core.partition.AppendOutcome;
import org.apache.kafka.common.record.internal.MemoryRecords;

/// What [BatchValidator] says about the records of one partition.
public sealed interface Validation {

    /// @param records exactly one batch, ready for the log but for its base offset and leader epoch: the bytes that
    ///     came, or a rewritten copy on the heap
    /// @param logAppendTimeMs the time that was stamped into the batch, -1 for CreateTime
    record Accepted(MemoryRecords records, long logAppendTimeMs) implements Validation {}

    /// @param outcome the error for this partition, never `Errors.NONE`
    record Refused(AppendOutcome outcome) implements Validation {}
}
