package io.sampo.core.simulation;

import io.sampo.core.partition.AppendRequest;
import org.apache.kafka.common.record.internal.MemoryRecords;

/// One attempt of a producer to get a batch written.
///
/// @param attempt of this batch, from 1
record ClientAppend(
        Producer producer, Producer.Batch batch, int attempt, MemoryRecords records, short acks, Connection connection)
        implements AppendRequest {

    @Override
    public boolean fromClient() {
        return true;
    }
}
