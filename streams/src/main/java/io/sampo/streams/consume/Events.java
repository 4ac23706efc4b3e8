package io.sampo.streams.consume;

import io.sampo.streams.Event;
import io.sampo.streams.fetch.FetchedRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;

/// Records as applications see them, with bytes of their own.
final class Events {
    private Events() {}

    static Event<byte[], byte[]> of(TopicPartition partition, FetchedRecord record) {
        return new Event<>(
                partition.topic(),
                partition.partition(),
                record.offset(),
                record.timestampMs(),
                record.timestampType(),
                record.keyBytes(),
                record.valueBytes(),
                new RecordHeaders(record.headers()),
                record.leaderEpoch());
    }
}
