package io.sampo.streams;

import io.sampo.streams.handle.UnretriableFailure;

/// The bytes of a record do not stand for what the codec expects. Trying again would not help: what becomes of the
/// record is said by [Retry]'s last word, or by whoever runs the stream. The cause is what the codec threw.
///
/// {@snippet file="ReadingGuideTest.java" region="undecodable"}
public final class UndecodableRecord extends RuntimeException implements UnretriableFailure {
    private static final long serialVersionUID = 1L;

    private final String topic;
    private final int partition;
    private final long offset;

    UndecodableRecord(String topic, int partition, long offset, RuntimeException cause) {
        super(
                "the record of " + topic + "-" + partition + " at offset " + offset + " cannot be decoded: "
                        + cause.getMessage(),
                cause);
        this.topic = topic;
        this.partition = partition;
        this.offset = offset;
    }

    /// Where the record is.
    public String topic() {
        return topic;
    }

    /// 0-based.
    public int partition() {
        return partition;
    }

    /// Of the record in its partition.
    public long offset() {
        return offset;
    }
}
