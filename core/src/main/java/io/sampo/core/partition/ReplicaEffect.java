package io.sampo.core.partition;

import java.util.List;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// What the shell of a [ReplicaCore] has to do, in order.
///
/// Whatever depends on durability is not returned next to the [Persist] that it depends on: it comes from the
/// [ReplicaInput.Persisted] that answers it. So an [Immediate] effect may always be carried out at once.
public sealed interface ReplicaEffect {

    /// Write these events in order; then step [ReplicaInput.Persisted], or [ReplicaInput.StorageFailed]. At most
    /// one is outstanding; until it is answered only [ReplicaInput.Anytime] inputs are allowed.
    ///
    /// A process that ends before Persisted may have written any prefix of the events. All but batches are synced
    /// before Persisted; batches as the topic asks.
    ///
    /// @param syncsLogBeforeMarkers always true in production (rule F1): the log up to a marker's start offset is
    ///     synced before the marker is written. False only under [Mutation#MARKER_BEFORE_LOG_SYNC]
    record Persist(List<ReplicaEvent> events, boolean syncsLogBeforeMarkers) implements ReplicaEffect {
        public Persist {
            events = List.copyOf(events);
        }
    }

    sealed interface Immediate extends ReplicaEffect {}

    /// The replica is in use; it may campaign now.
    record Opened(long incarnation) implements Immediate {}

    /// Exactly one for each [AppendRequest].
    record AppendCompleted(AppendRequest request, AppendOutcome outcome) implements Immediate {}

    /// Exactly one for each [DeleteRecordsRequest].
    ///
    /// @param lowWatermark the lowest log start of all replicas that keep up; -1 with an error
    record DeleteCompleted(DeleteRecordsRequest request, Errors error, long lowWatermark) implements Immediate {}

    /// The replica leads, its marker is committed: clients may be served.
    ///
    /// @param leaseNumber proves to the core that a [ReplicaInput.Resign] comes from the newest leader entity
    record BecameActive(int leaderEpoch, long leaseNumber, ReadView view) implements Immediate {}

    /// The campaign came to nothing.
    record CampaignRefused(String reason) implements Immediate {}

    /// What may be read has changed.
    record PublishView(ReadView view) implements Immediate {}

    /// The replica no longer leads in this epoch. Comes after the completions of all its pending requests.
    record Resigned(int leaderEpoch) implements Immediate {}

    /// The clean close is on disk; the replica takes no more input.
    record Closed() implements Immediate {}

    /// Something a person must know.
    record Alarm(String text) implements Immediate {}

    /// The directory was set back to an older state, so the replica is offline for good. A person must know, and the
    /// node, which may depend on this very partition.
    record SetBack(String text) implements Immediate {}

    /// What only a partition with several replicas needs.
    sealed interface Replication extends Immediate {}

    record Send(ReplicaEnvelope envelope) implements Replication {}

    /// Read whole batches of [fromOffset, upToOffset), at most `maxBytes` but at least one, put them into the
    /// envelope's message ([ReplicaMessage.TailMessage#withBatches]) and send it.
    ///
    /// Records of an outstanding Persist may be among them: they are taken from its events, or the shell sends when
    /// they are written. To be read before the next truncation of this log.
    ///
    /// One to the same replica replaces an earlier one that was not sent yet.
    ///
    /// @param fromOffset inclusive; the first batch is the one that contains it or, after compaction, the next
    /// @param throttled the bytes of the batches are recorded in the node's [ReplicationQuotas#leader]
    record SendTail(ReplicaEnvelope envelope, long fromOffset, long upToOffset, int maxBytes, boolean throttled)
            implements Replication {}

    /// The `TruncateIntent` is durable: cut the files as it says. This core is at its end; recover another one from
    /// what is left and open it: producer state and numbers are then those of the shorter log.
    record Truncate(ReplicaEvent.TruncateIntent intent) implements Replication {}

    /// Remove the whole log and store the checkpoint in its place, all or none. This core is at its end; recover
    /// another one from the checkpoint and open it.
    record Reset(ReplicaEvent.Checkpoint checkpoint) implements Replication {}

    /// Cut the log in front of the damage that was found there, and keep the damaged file aside. This core is
    /// at its end; recover another one from what is left and open it, and tell it of the damage.
    ///
    /// @param fromOffset as [ReplicaInput.DamageFound] said
    record CutDamage(long fromOffset) implements Replication {}

    /// What may be read at a follower changed (KIP-392); null: nothing may be read here.
    record PublishFollowerView(@Nullable ReadView view) implements Replication {}

    /// This replica follows another leader, or knows none.
    record LeaderChanged(int leaderEpoch, @Nullable ReplicaId leader) implements Replication {}

    /// From the leader, when the configuration or who is in sync changed. For display and for choosing targets.
    record ReplicasChanged(int leaderEpoch, List<ReplicaId> voters, List<ReplicaId> inSync) implements Replication {}

    /// From the leader: the configuration of its epoch is committed; a replica that is in it no more may be
    /// deleted.
    record ConfigCommitted(int leaderEpoch, VoterSet config) implements Replication {}

    /// Exactly one for each [ReplicaInput.TransferLeadership], and for each transfer that a change of configuration
    /// needs.
    record TransferEnded(ReplicaId target, boolean moved, String reason) implements Replication {}

    /// Exactly one for each [ReplicaInput.ReadBarrier].
    ///
    /// @param highWatermark as of the request or later; -1 with an error
    record BarrierCompleted(BarrierRequest request, Errors error, long highWatermark) implements Replication {}
}
