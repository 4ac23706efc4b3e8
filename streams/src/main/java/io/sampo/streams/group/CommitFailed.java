package io.sampo.streams.group;

import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/// Offsets were not committed, and will not be by trying the same again, unless the reason is [Reason#TIMEOUT].
///
/// Of the partitions that are not named, some may be committed.
///
/// Who reads with a group meets it with [Reason#REFUSED] only: as the failure of the stream
/// ([io.sampo.streams.Topic#source], [io.sampo.streams.Topic#partitions]) and of
/// [io.sampo.streams.Running#completion]. The other reasons end nothing by themselves; they are logged, and
/// the next commit, or the partition's next owner, makes up for them. Part of the API, though the rest of
/// this package is internal.
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
        /// The broker refuses for good: authorization, metadata too large. The cause has its error.
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

    /// Why they were not committed.
    public Reason reason() {
        return reason;
    }

    /// Whose offsets were not committed.
    public Set<TopicPartition> partitions() {
        return partitions;
    }
}
