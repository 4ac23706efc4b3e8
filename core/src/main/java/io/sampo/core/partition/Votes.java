package io.sampo.core.partition;

import io.sampo.core.partition.ReplicaEvent.EpochPromised;
import io.sampo.core.partition.ReplicaMessage.PreVote;
import io.sampo.core.partition.ReplicaMessage.PreVoteReply;
import io.sampo.core.partition.ReplicaMessage.PromiseReply;
import io.sampo.core.partition.ReplicaMessage.PromiseRequest;
import java.util.ArrayList;
import java.util.List;

/// What a replica answers to those who want to lead (design 1.5, step 4).
final class Votes {
    private final ReplicaState state;
    private final Outbox outbox;

    Votes(ReplicaState state, Outbox outbox) {
        this.state = state;
        this.outbox = outbox;
    }

    /// @param hearsLeader there is a leader that should not be disturbed, this replica itself perhaps
    void answer(ReplicaId from, PreVote preVote, boolean hearsLeader) {
        ReplicaHistory history = state.history;
        boolean granted = !hearsLeader && !state.lacksConfig() && preVote.leaderEpoch() > history.promisedEpoch();
        outbox.send(
                from,
                new PreVoteReply(
                        preVote.leaderEpoch(), granted, history.promisedEpoch(), history.key(), history.suspect()));
    }

    /// Whether the request asks for more than was promised so far. If not it is answered: with the same promise
    /// again, or with a refusal.
    boolean isNew(ReplicaId from, PromiseRequest request) {
        int epoch = request.leaderEpoch();
        ReplicaHistory history = state.history;
        if (epoch > history.promisedEpoch()) {
            return true;
        }
        boolean again = epoch == history.promisedEpoch()
                && (from.equals(history.promisedTo()) || state.has(Mutation.PROMISES_TWICE));
        outbox.send(from, reply(epoch, again));
        return false;
    }

    /// Promises whatever the candidate's log is: it will adopt the best. The answer leaves when the promise is
    /// durable.
    void promise(ReplicaId from, PromiseRequest request) {
        int epoch = request.leaderEpoch();
        List<ReplicaEvent> events = new ArrayList<>();
        state.decided(new EpochPromised(epoch, from), events);
        if (state.has(Mutation.PROMISE_NOT_PERSISTED)) {
            outbox.send(from, reply(epoch, true));
        } else {
            outbox.persist(events, () -> outbox.send(from, reply(epoch, true)));
        }
    }

    /// To somebody whose epoch has been overtaken.
    void refuse(ReplicaId from, int leaderEpoch) {
        outbox.send(from, reply(leaderEpoch, false));
    }

    /// Who does not know the newest configuration keeps its promise, but must not be counted: not even when all
    /// others may have lost records too, for there may be voters that nobody asks.
    private PromiseReply reply(int epoch, boolean granted) {
        ReplicaHistory history = state.history;
        return new PromiseReply(
                epoch,
                granted && !state.lacksConfig(),
                history.promisedEpoch(),
                history.key(),
                history.logStartOffset(),
                history.config(),
                history.suspect());
    }
}
