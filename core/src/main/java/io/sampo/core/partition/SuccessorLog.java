package io.sampo.core.partition;

import io.sampo.core.partition.ReplicaEvent.Checkpoint;
import io.sampo.core.partition.ReplicaEvent.Suspected;
import io.sampo.core.partition.ReplicaEvent.TruncateIntent;
import io.sampo.core.partition.ReplicaMessage.LogReset;
import java.util.ArrayList;
import java.util.List;

/// The end of a core whose log has to be cut or replaced: another core recovers from what is left (docs/adr/0008).
final class SuccessorLog {
    private final ReplicaState state;
    private final Outbox outbox;
    private final Runnable ended;

    /// @param ended runs when this core is at its end
    SuccessorLog(ReplicaState state, Outbox outbox, Runnable ended) {
        this.state = state;
        this.outbox = outbox;
        this.ended = ended;
    }

    /// Cuts the log; nothing is acknowledged before another core has recovered from what is left.
    void cut(TruncateIntent intent, Runnable withdrawView) {
        List<ReplicaEvent> events = new ArrayList<>();
        if (losesCommitted(intent.toOffset(), intent.byLeaderEpoch()) && !state.history.suspect()) {
            String reason = "epoch " + intent.byLeaderEpoch() + " goes on without records that were committed here";
            state.decided(new Suspected(state.history.bootId(), reason), events);
        }
        state.decided(intent, events);
        // Only a suspect replica falls back here.
        state.highWatermark = Math.min(state.highWatermark, intent.toOffset());
        state.durableOffset = Math.min(state.durableOffset, intent.toOffset());
        outbox.persist(events, () -> {
            withdrawView.run();
            outbox.add(new ReplicaEffect.Truncate(intent));
            ended.run();
        });
    }

    /// Only a configuration that was forced since this log was a prefix of a leader's can ask for that. A
    /// person must know.
    private boolean losesCommitted(long fromOffset, int leaderEpoch) {
        boolean loses =
                fromOffset < state.highWatermark && ForcedConfig.isOfLaterEra(leaderEpoch, state.history.lastEpoch());
        if (loses) {
            outbox.add(new ReplicaEffect.Alarm("records of " + state.history.topic() + "-"
                    + state.partition.partition() + " (" + state.partition + ") from offset " + fromOffset + " to "
                    + state.highWatermark + " (exclusive) were committed and may be lost: the configuration of epoch "
                    + leaderEpoch + " was forced without them"));
        }
        return loses;
    }

    /// The files say from then on that the log was damaged, so the next core is suspect.
    void cutDamage(long fromOffset, Runnable withdrawView) {
        withdrawView.run();
        outbox.add(new ReplicaEffect.CutDamage(fromOffset));
        ended.run();
    }

    /// The configuration of the new log start is not the one that holds: another one was forced since. Who takes it
    /// for its own may be alone in it, and would lead.
    private static boolean isOvertaken(LogReset reset, int leaderEpoch) {
        return ForcedConfig.isOfLaterEra(leaderEpoch, reset.configs().getLast().leaderEpoch());
    }

    /// It is an older one than that by which the leader votes. Who gives up what it knew of newer ones has nothing to
    /// go by; one whose log ends below the new start knows of none.
    private static boolean isOutdated(LogReset reset, ReplicaId leader) {
        return !reset.configs().getLast().config().voters().contains(leader);
    }

    /// A log that ended at or below the new start has acknowledged nothing that it gives up: it stays as trusted as
    /// it was. One that reached beyond (it could not be compared) is suspect until it has caught up.
    void beginAnew(LogReset reset, ReplicaId leader, int leaderEpoch, Runnable withdrawView) {
        ReplicaHistory history = state.history;
        boolean losesRecords = history.logEndOffset() > reset.logStartOffset();
        boolean forgets = history.suspect() || losesRecords;
        losesCommitted(reset.logStartOffset(), leaderEpoch);
        Checkpoint checkpoint = new Checkpoint(
                history.topic(),
                state.partition,
                state.self,
                reset.configs().getLast().config(),
                history.incarnation(),
                history.bootId(),
                Math.max(history.promisedEpoch(), leaderEpoch),
                reset.logStartOffset(),
                reset.logStartOffset(),
                reset.logStartOffset(),
                forgets,
                reset.markers(),
                reset.producers(),
                reset.configs(),
                history.configLost() || isOvertaken(reset, leaderEpoch) || (forgets && isOutdated(reset, leader)),
                reset.forgottenProducerId(),
                history.peers().all());
        Runnable replace = () -> {
            withdrawView.run();
            outbox.add(new ReplicaEffect.Reset(checkpoint));
            ended.run();
        };
        if (history.suspect() || !losesRecords) {
            replace.run();
            return;
        }
        List<ReplicaEvent> events = new ArrayList<>();
        state.decided(new Suspected(history.bootId(), "its log cannot be compared with the leader's"), events);
        outbox.persist(events, replace);
    }
}
