package io.sampo.streams.fetch;

import io.sampo.streams.connection.ClusterView;
import java.util.OptionalInt;
import org.apache.kafka.common.TopicPartition;

/// Which broker a partition is read from: the leader of the metadata, a newer one that a broker has named, or the
/// replica that the leader prefers.
///
/// Deterministic; one thread.
final class LeaderChoice {
    private final TopicPartition partition;
    private OptionalInt hintedLeader = OptionalInt.empty();
    private int hintedEpoch = PartitionState.NO_EPOCH;
    private OptionalInt preferredReplica = OptionalInt.empty();
    private long preferredUntilMs;

    LeaderChoice(TopicPartition partition) {
        this.partition = partition;
    }

    /// A broker that does not lead says who does (KIP-951). Holds until metadata is as new.
    void hint(int leader, int leaderEpoch) {
        if (leader >= 0 && leaderEpoch > hintedEpoch) {
            hintedLeader = OptionalInt.of(leader);
            hintedEpoch = leaderEpoch;
        }
    }

    /// A node of the view that should lead; empty when there is none.
    OptionalInt of(ClusterView view) {
        OptionalInt leader = hintIsNewer(view) ? hintedLeader : view.leader(partition);
        return leader.isPresent() && view.nodes().containsKey(leader.getAsInt()) ? leader : OptionalInt.empty();
    }

    int epoch(ClusterView view) {
        return hintIsNewer(view) ? hintedEpoch : viewEpoch(view);
    }

    private boolean hintIsNewer(ClusterView view) {
        return hintedLeader.isPresent()
                && view.nodes().containsKey(hintedLeader.getAsInt())
                && hintedEpoch > viewEpoch(view);
    }

    private int viewEpoch(ClusterView view) {
        return view.partition(partition).map(ClusterView.Partition::leaderEpoch).orElse(PartitionState.NO_EPOCH);
    }

    /// The leader, or the replica that it prefers for this client, while that is known and alive.
    int readFrom(int leader, ClusterView view, long nowMs) {
        if (preferredReplica.isPresent()
                && (nowMs >= preferredUntilMs || !view.nodes().containsKey(preferredReplica.getAsInt()))) {
            preferLeader();
        }
        return preferredReplica.orElse(leader);
    }

    void preferReplica(int nodeId, long untilMs) {
        preferredReplica = OptionalInt.of(nodeId);
        preferredUntilMs = untilMs;
    }

    void preferLeader() {
        preferredReplica = OptionalInt.empty();
    }

    /// What was said holds no more.
    void forget() {
        hintedLeader = OptionalInt.empty();
        hintedEpoch = PartitionState.NO_EPOCH;
        preferLeader();
    }
}
