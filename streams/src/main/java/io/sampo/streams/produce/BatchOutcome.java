package io.sampo.streams.produce;

import java.util.Map;

/// What became of all records of a batch.
sealed interface BatchOutcome {

    /// @param baseOffset -1 when the broker had the batch already and does not know where
    /// @param logAppendTimeMs -1 when the records keep the timestamps that they came with
    record Acknowledged(long baseOffset, long logAppendTimeMs) implements BatchOutcome {}

    /// @param recordFailures index in the batch -> why this record is the culprit (KIP-467); empty when the
    ///     broker names none
    record Failed(Throwable failure, Map<Integer, String> recordFailures) implements BatchOutcome {}
}
