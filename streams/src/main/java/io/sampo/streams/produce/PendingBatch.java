package io.sampo.streams.produce;

import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/// A batch from when it is taken to be sent until its records have their outcome. Belongs to a
/// [PartitionLane].
final class PendingBatch {
    static final long UNNUMBERED = -1;

    final TopicPartition partition;
    final BatchContent content;

    /// `delivery.timeout.ms` after its first record.
    final long deadlineMs;

    /// Requests that carried it.
    int attempts;

    /// Not sent again before.
    long retryAtMs = Long.MIN_VALUE;

    /// Whether it was answered with an error under the sequence that it has.
    boolean isRetry;

    long sentAtMs;

    /// Until then a copy that nobody answered may still reach a broker.
    long looseUntilMs = Long.MIN_VALUE;

    boolean isDone;

    @Nullable
    Throwable lastFailure;

    private @Nullable ProducerIdentity identity;

    /// Of the first record; goes on beyond the 31 bits that are sent.
    private long sequence = UNNUMBERED;

    PendingBatch(TopicPartition partition, BatchContent content, long deadlineMs) {
        this.partition = partition;
        this.content = content;
        this.deadlineMs = deadlineMs;
    }

    boolean isNumbered() {
        return sequence != UNNUMBERED;
    }

    boolean isNumberedBy(@Nullable ProducerIdentity other) {
        return identity != null && identity.equals(other);
    }

    void number(ProducerIdentity newIdentity, long newSequence) {
        identity = newIdentity;
        sequence = newSequence;
    }

    void unnumber() {
        identity = null;
        sequence = UNNUMBERED;
        isRetry = false;
        looseUntilMs = Long.MIN_VALUE;
    }

    /// Null without idempotence.
    @Nullable
    ProducerIdentity identity() {
        return identity;
    }

    long sequence() {
        return sequence;
    }

    long nextSequence() {
        return sequence + content.recordCount();
    }

    /// As the batch's header has it: begins with 0 again after 2^31 - 1; -1 without idempotence.
    int baseSequence() {
        return isNumbered() ? (int) (sequence & Integer.MAX_VALUE) : -1;
    }
}
