package io.sampo.actors.partition;

import io.sampo.core.partition.AppendRequest;
import io.sampo.core.partition.ReplicaRequest;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;

/// An append of a coordinator, which was computed from the state of one leader epoch and must not be written in
/// another:
/// the coordinator of that one has loaded the log already and would not know of it.
///
/// @param leaderEpoch of the handle that it came through
record EpochAppend(Append append, int leaderEpoch) implements AppendRequest {

    @Override
    public MemoryRecords records() {
        return append.records();
    }

    @Override
    public boolean fromClient() {
        return append.fromClient();
    }

    @Override
    public short acks() {
        return append.acks();
    }

    @Override
    public int timeoutMs() {
        return append.timeoutMs();
    }

    /// Refuses the request if it must not be written in the leader epoch that has begun.
    ///
    /// @return true when it was refused
    static boolean isOfAnotherEpoch(ReplicaRequest request, int leaderEpoch) {
        if (request instanceof EpochAppend bound && bound.leaderEpoch() != leaderEpoch) {
            ReplicaIntake.refuse(bound, Errors.NOT_LEADER_OR_FOLLOWER, "another leader epoch has begun");
            return true;
        }
        return false;
    }
}
