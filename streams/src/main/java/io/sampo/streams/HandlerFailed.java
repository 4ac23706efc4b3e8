package io.sampo.streams;

import org.apache.kafka.common.TopicPartition;

/// A handler failed for the last time, and [Retry] says to stop. The cause is the handler's failure. The record
/// is not committed.
///
/// {@snippet file="RunningGuideTest.java" region="handler-failed"}
public final class HandlerFailed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final TopicPartition partition;
    private final long offset;
    private final int attempts;

    /// @param attempts that failed
    public HandlerFailed(Event<?, ?> event, int attempts, Throwable cause) {
        super(
                "the handler of the record of " + event.topic() + "-" + event.partition() + " at offset "
                        + event.offset() + " failed, at attempt " + attempts + ": " + cause,
                cause);
        this.partition = new TopicPartition(event.topic(), event.partition());
        this.offset = event.offset();
        this.attempts = attempts;
    }

    public TopicPartition partition() {
        return partition;
    }

    public long offset() {
        return offset;
    }

    public int attempts() {
        return attempts;
    }
}
