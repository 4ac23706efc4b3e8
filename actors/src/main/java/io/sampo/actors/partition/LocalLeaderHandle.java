package io.sampo.actors.partition;

import io.sampo.core.partition.BarrierRequest;
import io.sampo.core.partition.DeleteRecordsRequest;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.PartitionLog;
import io.sampo.core.partition.ReadView;
import io.sampo.core.partition.ReplicaId;
import io.sampo.core.partition.ReplicaStatus;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.apache.kafka.common.protocol.Errors;

/// The handle of a leader on this node. One instance per leader epoch; [#publish] and [#end] belong to the replica.
final class LocalLeaderHandle extends LocalReadHandle implements LeaderHandle {

    /// A deletion on its way to the replica.
    record Deletion(long beforeOffset, int timeoutMs, DeleteRecordsListener listener) implements DeleteRecordsRequest {}

    /// A question on its way to the replica. Whoever takes it out of `asked` answers it: the replica, or the end of
    /// the epoch, after which the replica may not hear of it any more.
    static final class Barrier implements BarrierRequest {
        private final Set<Barrier> asked;
        private final BarrierListener listener;

        Barrier(Set<Barrier> asked, BarrierListener listener) {
            this.asked = asked;
            this.listener = listener;
        }

        void completed(Errors error, long highWatermark) {
            if (asked.remove(this)) {
                listener.completed(error, highWatermark);
            }
        }
    }

    private final int leaderEpoch;
    private final Set<Barrier> asked = ConcurrentHashMap.newKeySet();
    private volatile boolean onlyVoter;
    private volatile List<ReplicaStatus> lastStatuses = List.of();
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
    public void deleteRecords(long beforeOffset, int timeoutMs, DeleteRecordsListener listener) {
        Deletion deletion = new Deletion(beforeOffset, timeoutMs, listener);
        if (hasEnded()) {
            ReplicaIntake.refuse(deletion, Errors.NOT_LEADER_OR_FOLLOWER, "leadership ended");
        } else {
            intake.offer(deletion);
        }
    }

    @Override
    public boolean leadsAlone() {
        return onlyVoter && !hasEnded();
    }

    @Override
    public void barrier(BarrierListener listener) {
        if (leadsAlone()) {
            listener.completed(Errors.NONE, view().highWatermark());
            return;
        }
        Barrier barrier = new Barrier(asked, listener);
        asked.add(barrier);
        if (hasEnded()) {
            barrier.completed(Errors.NOT_LEADER_OR_FOLLOWER, -1);
        } else {
            barriers.accept(barrier);
        }
    }

    /// From the replica: who votes, which does not change within an epoch.
    void votersAre(List<ReplicaId> voters) {
        onlyVoter = voters.size() == 1;
    }

    @Override
    void end() {
        super.end();
        for (Barrier barrier : asked) {
            Answers.guarded(() -> barrier.completed(Errors.NOT_LEADER_OR_FOLLOWER, -1));
        }
    }

    @Override
    public void replicas(Consumer<List<ReplicaStatus>> listener) {
        statuses.accept(listener);
    }

    @Override
    public List<ReplicaStatus> replicasAsLastKnown() {
        statuses.accept(known -> lastStatuses = known);
        return lastStatuses;
    }
}
