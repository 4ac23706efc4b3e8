package io.sampo.core.partition;

import io.sampo.core.partition.ReplicaMessage.Barrier;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.protocol.Errors;

/// Proves to readers, and to producers that it refuses for good, that this replica still led after they
/// asked: a majority that has promised nothing higher answers one round of messages (design 1.9). Readers
/// that come while a round is under way share the next one.
final class BarrierRounds {
    private final ReplicaState state;
    private final Outbox outbox;
    private final int leaderEpoch;
    private final VoterSet config;

    private long round;
    private final Set<ReplicaId> answered = new LinkedHashSet<>();
    private List<BarrierRequest> inRound = new ArrayList<>();
    private List<BarrierRequest> next = new ArrayList<>();

    BarrierRounds(ReplicaState state, Outbox outbox, int leaderEpoch, VoterSet config) {
        this.state = state;
        this.outbox = outbox;
        this.leaderEpoch = leaderEpoch;
        this.config = config;
    }

    void ask(BarrierRequest request) {
        next.add(request);
        if (inRound.isEmpty()) {
            begin();
        }
    }

    boolean isUnderWay() {
        return !inRound.isEmpty() || !next.isEmpty();
    }

    private void begin() {
        round++;
        inRound = next;
        next = new ArrayList<>();
        answered.clear();
        answered.add(state.self);
        repeat();
        completeIfAnswered();
    }

    /// For what got lost.
    void repeat() {
        if (!inRound.isEmpty()) {
            List<ReplicaId> silent = config.voters().stream()
                    .filter(voter -> !answered.contains(voter))
                    .toList();
            outbox.sendAll(silent, new Barrier(leaderEpoch, round));
        }
    }

    void answered(ReplicaId from, long id) {
        if (id == round && !inRound.isEmpty() && config.voters().contains(from)) {
            answered.add(from);
            completeIfAnswered();
        }
    }

    private void completeIfAnswered() {
        long votes = config.voters().stream().filter(answered::contains).count();
        if (votes < config.majority() && !state.has(Mutation.BARRIER_WITHOUT_ROUND)) {
            return;
        }
        List<BarrierRequest> done = inRound;
        inRound = new ArrayList<>();
        for (BarrierRequest request : done) {
            outbox.add(
                    request instanceof RefusedAppend(AppendRequest append, AppendOutcome outcome)
                            ? new ReplicaEffect.AppendCompleted(append, outcome)
                            : new ReplicaEffect.BarrierCompleted(request, Errors.NONE, state.highWatermark));
        }
        if (!next.isEmpty()) {
            begin();
        }
    }

    void failAll() {
        for (BarrierRequest request : inRound) {
            refuse(outbox, request);
        }
        for (BarrierRequest request : next) {
            refuse(outbox, request);
        }
        inRound = new ArrayList<>();
        next = new ArrayList<>();
    }

    static void refuse(Outbox outbox, BarrierRequest request) {
        Errors error = Errors.NOT_LEADER_OR_FOLLOWER;
        outbox.add(
                request instanceof RefusedAppend refused
                        ? new ReplicaEffect.AppendCompleted(refused.request(), AppendOutcome.failed(error, null))
                        : new ReplicaEffect.BarrierCompleted(request, error, -1));
    }
}
