package io.sampo.core.partition;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the roles of one replica share. Changed only inside a step of [ReplicaCore].
final class ReplicaState {
    final PartitionId partition;
    final ReplicaId self;
    final ReplicaHistory history;
    final Mutations mutations;
    final Dice dice;
    final ReplicationQuotas quotas;
    ReplicaSettings settings;

    /// Clock of the current step.
    long nowMs;

    /// Exclusive end of what this replica holds as durably as the topic asks; never above the log end.
    long durableOffset;

    /// Exclusive; never above `durableOffset`, never falls.
    long highWatermark;

    /// Number of the life that [Opening] began; it is what others know this replica by.
    long life = Life.NONE;

    /// Highest epoch heard of; a candidate goes beyond it.
    int seenEpoch = -1;

    /// Where metadata wants the partition to be; empty when it said nothing.
    List<ReplicaId> desired = List.of();

    /// Who is served too, and never votes.
    List<ReplicaId> observers = List.of();

    /// The newest configuration that was forced, as far as metadata said; null when none was.
    @Nullable
    ForcedConfig forced;

    final NodeLiveness nodes = new NodeLiveness();

    ReplicaState(PartitionId partition, ReplicaId self, ReplicaSettings settings, long seed, Mutations mutations) {
        this(partition, self, settings, seed, mutations, new ReplicationQuotas());
    }

    ReplicaState(
            PartitionId partition,
            ReplicaId self,
            ReplicaSettings settings,
            long seed,
            Mutations mutations,
            ReplicationQuotas quotas) {
        this.quotas = quotas;
        this.partition = partition;
        this.self = self;
        this.settings = settings;
        this.mutations = mutations;
        this.history = new ReplicaHistory(partition, self, mutations);
        this.dice = new Dice(seed);
    }

    ReplicationSettings replication() {
        return settings.replication();
    }

    /// Whether the node's quota counts what this replica sends while it leads.
    boolean isLeaderThrottled() {
        return settings.leaderThrottled().contains(partition.partition(), self.nodeId());
    }

    /// Whether the node's quota counts what this replica takes while it follows.
    boolean isFollowerThrottled() {
        return settings.followerThrottled().contains(partition.partition(), self.nodeId());
    }

    boolean has(Mutation mutation) {
        return mutations.has(mutation);
    }

    /// Planted bugs leave the lives of a replica out of account.
    boolean tellsLivesApart() {
        return !has(Mutation.OLD_INCARNATION_COUNTED) && !has(Mutation.IDENTITY_IS_NODE);
    }

    void see(int leaderEpoch) {
        seenEpoch = Math.max(seenEpoch, leaderEpoch);
    }

    /// Never while it is not known which configuration holds.
    boolean votes() {
        return !lacksConfig() && history.config().voters().contains(self);
    }

    /// Which configuration holds is not known here.
    boolean lacksConfig() {
        return history.configLost() || isOfLaterEra(seenEpoch);
    }

    /// Whether somebody with that epoch may know of a forced configuration that is not known here.
    boolean isOfLaterEra(int leaderEpoch) {
        return ForcedConfig.isOfLaterEra(leaderEpoch, Math.max(history.promisedEpoch(), history.lastEpoch()));
    }

    /// Takes an event over and puts it on the list of those to be persisted.
    void decided(ReplicaEvent event, List<ReplicaEvent> events) {
        history.apply(event, settings);
        events.add(event);
    }

    /// Moves the high watermark forward, as far as this replica itself has what it says.
    ///
    /// @return whether it moved
    boolean raiseHighWatermark(long to) {
        long reachable = has(Mutation.HIGH_WATERMARK_BEYOND_LOG_END) ? to : Math.min(to, durableOffset);
        if (reachable <= highWatermark) {
            return false;
        }
        highWatermark = reachable;
        return true;
    }

    /// Members of both lists, the first list's order first.
    static List<ReplicaId> union(List<ReplicaId> first, List<ReplicaId> second) {
        List<ReplicaId> all = new ArrayList<>(first);
        for (ReplicaId replica : second) {
            if (!all.contains(replica)) {
                all.add(replica);
            }
        }
        return all;
    }
}
