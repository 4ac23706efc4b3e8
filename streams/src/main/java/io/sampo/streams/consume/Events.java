package io.sampo.streams.consume;

import io.sampo.streams.Event;
import io.sampo.streams.fetch.RecordCursor;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;

/// The record that a cursor stands on as applications see it, with bytes of its own.
final class Events {
    private static final RecordHeaders NO_HEADERS = new RecordHeaders();

    static {
        NO_HEADERS.setReadOnly();
    }

    private Events() {}

    static Event<byte[], byte[]> of(RecordCursor record) {
        return new Event<>(
                record.partition().topic(),
                record.partition().partition(),
                record.offset(),
                record.timestampMs(),
                record.timestampType(),
                record.key(),
                record.value(),
                headers(record, false),
                record.leaderEpoch());
    }

    /// @param stay nobody changes the headers, so that records without any, which most are, share some
    static Headers headers(RecordCursor record, boolean stay) {
        return stay && record.headers().length == 0 ? NO_HEADERS : new RecordHeaders(record.headers());
    }
}
