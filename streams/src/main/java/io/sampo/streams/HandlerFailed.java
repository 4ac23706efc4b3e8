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

    /// Where the record is.
    public TopicPartition partition() {
        return partition;
    }

    /// Of the record in its partition. It was not committed, and comes again when the group goes on.
    public long offset() {
        return offset;
    }

    /// How often the handler was called for it, all in vain; at least 1.
    public int attempts() {
        return attempts;
    }
}
