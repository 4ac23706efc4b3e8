package io.sampo.streams.group;

import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/// Offsets were not committed, and will not be by trying the same again, unless the reason is [Reason#TIMEOUT].
///
/// Of the partitions that are not named, some may be committed.
public final class CommitFailed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /// Why.
    public enum Reason {
        /// The member does not own the partition, or no longer. Its new owner starts from the last commit.
        NOT_OWNED,
        /// The group went on without this member: its session ended, or another took its place.
        FENCED,
        /// `default.api.timeout.ms` went by: no coordinator answered, or a rebalance took longer. It may have
        /// happened all the same. Trying again later is right.
        TIMEOUT,
        /// The broker refuses: authorization, metadata too large.
        REFUSED,
        /// The member was closed, or failed.
        CLOSED
    }

    private final Reason reason;
    private final transient Set<TopicPartition> partitions;

    CommitFailed(Reason reason, Set<TopicPartition> partitions, String what, @Nullable Throwable cause) {
        super("Offsets of " + partitions + " were not committed: " + what, cause);
        this.reason = reason;
        this.partitions = Set.copyOf(partitions);
    }

    public Reason reason() {
        return reason;
    }

    public Set<TopicPartition> partitions() {
        return partitions;
    }
}
