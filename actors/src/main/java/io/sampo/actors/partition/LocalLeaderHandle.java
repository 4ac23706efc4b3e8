package io.sampo.actors.partition;

import io.sampo.core.partition.BarrierRequest;
import io.sampo.core.partition.DeleteRecordsRequest;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.PartitionLog;
import io.sampo.core.partition.ReadView;
import io.sampo.core.partition.ReplicaStatus;
import java.util.List;
import java.util.function.Consumer;
import org.apache.kafka.common.protocol.Errors;

/// The handle of a leader on this node. One instance per leader epoch; [#publish] and [#end] belong to the replica.
final class LocalLeaderHandle extends LocalReadHandle implements LeaderHandle {

    /// A deletion on its way to the replica.
    record Deletion(long beforeOffset, DeleteRecordsListener listener) implements DeleteRecordsRequest {}

    /// A question on its way to the replica.
    record Barrier(BarrierListener listener) implements BarrierRequest {}

    private final int leaderEpoch;
    private final ReplicaIntake intake;
    private final Consumer<BarrierRequest> barriers;
    private final Consumer<Consumer<List<ReplicaStatus>>> statuses;

    /// @param barriers takes questions to the replica, on any thread
    /// @param statuses likewise, whoever wants to know how far the replicas are
    LocalLeaderHandle(
            PartitionId id,
            ReadView view,
            PartitionLog log,
            ReplicaIntake intake,
            Consumer<BarrierRequest> barriers,
            Consumer<Consumer<List<ReplicaStatus>>> statuses) {
        super(id, view, log);
        this.leaderEpoch = view.leaderEpoch();
        this.intake = intake;
        this.barriers = barriers;
        this.statuses = statuses;
    }

    @Override
    public int leaderEpoch() {
        return leaderEpoch;
    }

    @Override
    public void append(Append append) {
        if (hasEnded()) {
            ReplicaIntake.refuse(append, Errors.NOT_LEADER_OR_FOLLOWER, "leadership ended");
        } else {
            intake.offer(append.fromClient() ? append : new EpochAppend(append, leaderEpoch));
        }
    }

    @Override
    public void deleteRecords(long beforeOffset, DeleteRecordsListener listener) {
        Deletion deletion = new Deletion(beforeOffset, listener);
        if (hasEnded()) {
            ReplicaIntake.refuse(deletion, Errors.NOT_LEADER_OR_FOLLOWER, "leadership ended");
        } else {
            intake.offer(deletion);
        }
    }

    @Override
    public void barrier(BarrierListener listener) {
        if (hasEnded()) {
            listener.completed(Errors.NOT_LEADER_OR_FOLLOWER, -1);
        } else {
            barriers.accept(new Barrier(listener));
        }
    }

    @Override
    public void replicas(Consumer<List<ReplicaStatus>> listener) {
        statuses.accept(listener);
    }
}
