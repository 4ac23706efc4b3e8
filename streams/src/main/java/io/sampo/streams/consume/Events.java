package io.sampo.streams.consume;

import io.sampo.streams.Event;
import io.sampo.streams.fetch.FetchedRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;

/// Records as applications see them, with bytes of their own.
final class Events {
    private static final RecordHeaders NO_HEADERS = new RecordHeaders();

    static {
        NO_HEADERS.setReadOnly();
    }

    private Events() {}

    static Event<byte[], byte[]> of(TopicPartition partition, FetchedRecord record) {
        return of(partition, record, false);
    }

    /// @param headersStay nobody changes the headers, so that records without any, which most are, share some
    static Event<byte[], byte[]> of(TopicPartition partition, FetchedRecord record, boolean headersStay) {
        return new Event<>(
                partition.topic(),
                partition.partition(),
                record.offset(),
                record.timestampMs(),
                record.timestampType(),
                record.keyBytes(),
                record.valueBytes(),
                headersStay && record.headers().length == 0 ? NO_HEADERS : new RecordHeaders(record.headers()),
                record.leaderEpoch());
    }
}
