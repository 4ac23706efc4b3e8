package io.sampo.core.partition;

import io.sampo.core.partition.ReplicaMessage.AdoptReply;
import io.sampo.core.partition.ReplicaMessage.AdoptRequest;
import io.sampo.core.partition.ReplicaMessage.DivergingEpoch;
import io.sampo.core.partition.ReplicaMessage.Fetch;
import io.sampo.core.partition.ReplicaMessage.FetchReply;
import io.sampo.core.partition.ReplicaMessage.LogReset;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Makes what a replica sends of its log: the leader to followers, and the voter with the best log to a candidate.
final class FetchAnswers {
    private final ReplicaState state;
    private final Outbox outbox;

    FetchAnswers(ReplicaState state, Outbox outbox) {
        this.state = state;
        this.outbox = outbox;
    }

    /// What follows the follower's log, which is a prefix of this one.
    ///
    /// @param recoveredIncarnation -1 unless the follower has just caught up after having been suspect
    /// @param maxBytes of the batches, but at least one of them; 0: none
    void tail(int leaderEpoch, ReplicaId to, Fetch fetch, long recoveredIncarnation, int maxBytes) {
        ReplicaHistory history = state.history;
        FetchReply reply = reply(
                leaderEpoch,
                fetch,
                history.markersAfter(fetch.key().lastEpoch(), state.self),
                null,
                null,
                recoveredIncarnation);
        if (maxBytes == 0) {
            outbox.send(to, reply);
        } else {
            outbox.sendTail(to, reply, fetch.key().logEndOffset(), history.logEndOffset(), bytes(maxBytes));
        }
    }

    void diverging(int leaderEpoch, ReplicaId to, Fetch fetch, DivergingEpoch diverging) {
        outbox.send(to, reply(leaderEpoch, fetch, List.of(), diverging, null, -1));
    }

    /// The follower's log ends below this one's start: it gets all that it cannot derive from batches it will never
    /// see.
    void reset(int leaderEpoch, ReplicaId to, Fetch fetch) {
        ReplicaHistory history = state.history;
        long start = history.logStartOffset();
        List<EpochStart> markers = history.markers().stream()
                .filter(marker -> marker.startOffset() <= start)
                .toList();
        int lastEpoch = markers.isEmpty() ? -1 : markers.getLast().leaderEpoch();
        LogReset reset = new LogReset(
                start,
                markers,
                history.configs().stream()
                        .filter(config -> config.leaderEpoch() <= lastEpoch)
                        .toList(),
                state.has(Mutation.RESET_WITHOUT_PRODUCERS)
                        ? List.of()
                        : history.producers().entriesBelow(start),
                history.producers().forgottenProducerId());
        outbox.send(to, reply(leaderEpoch, fetch, List.of(), null, reset, -1));
    }

    private FetchReply reply(
            int leaderEpoch,
            Fetch fetch,
            List<ReplicaEvent.EpochStarted> markers,
            @Nullable DivergingEpoch diverging,
            @Nullable LogReset reset,
            long recoveredIncarnation) {
        return new FetchReply(
                leaderEpoch,
                fetch.key(),
                markers,
                List.of(),
                state.highWatermark,
                state.history.logStartOffset(),
                state.history.logEndOffset(),
                diverging,
                reset,
                recoveredIncarnation);
    }

    /// Answers a candidate to which this replica has promised. It gets nothing but the key when this log is not the
    /// promised one any more.
    void adoption(ReplicaId to, AdoptRequest request) {
        ReplicaHistory history = state.history;
        LogKey own = history.key();
        DivergingEpoch diverging = Divergence.find(history.markers(), history.logEndOffset(), request.key());
        boolean useful = own.equals(request.promisedKey()) && diverging == null;
        AdoptReply reply = new AdoptReply(
                request.leaderEpoch(),
                request.key(),
                own,
                useful ? history.markersAfter(request.key().lastEpoch(), state.self) : List.of(),
                List.of(),
                diverging);
        long from = request.key().logEndOffset();
        outbox.sendTail(to, reply, from, useful ? own.logEndOffset() : from, bytes(request.maxBytes()));
    }

    private int bytes(int wanted) {
        return Math.max(1, Math.min(wanted, state.replication().fetchMaxBytes()));
    }
}
