package io.sampo.core.partition;

import io.sampo.core.partition.ReplicaEvent.Opened;
import io.sampo.core.partition.ReplicaEvent.Recovered;
import io.sampo.core.partition.ReplicaEvent.ReplicaCreated;
import io.sampo.core.partition.ReplicaEvent.Suspected;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Takes a directory into use: what is written first, and what a person has to know of what was found.
///
/// @param events to be persisted, decided already
record Opening(List<ReplicaEvent> events, List<String> alarms) {

    static Opening of(ReplicaState state, ReplicaInput.Open open) {
        ReplicaHistory history = state.history;
        List<ReplicaEvent> events = new ArrayList<>();
        List<String> alarms = new ArrayList<>();
        boolean isNew = !history.exists();
        history.finishRecovery();
        if (isNew) {
            state.decided(new ReplicaCreated(open.topic(), state.partition, state.self, open.initialConfig()), events);
        }
        @Nullable String doubt = isNew ? null : Suspicion.reason(history, open);
        if (doubt != null) {
            // Before the new boot id is known: a process that dies in between must not look unharmed next time.
            state.decided(new Suspected(open.bootId(), doubt), events);
        }
        state.decided(
                new Opened(
                        incarnation(
                                state, isNew && open.initialConfig().voters().isEmpty()),
                        open.bootId()),
                events);
        state.life = Life.of(history.incarnation(), state.nowMs);
        if (history.configLost()) {
            alarms.add("the newest configuration of " + history.topic() + "-"
                    + state.partition.partition() + " (" + state.partition + ") is not known to " + state.self
                    + ": it waits for a leader, and does not vote before it has caught up");
        } else if (history.suspect() && history.config().voters().equals(List.of(state.self))) {
            // A sole voter: nobody can hold more than this replica does, so waiting would help nobody.
            state.decided(new Recovered(history.promisedEpoch(), history.logEndOffset()), events);
            alarms.add(Suspicion.lossAlarm(
                    history,
                    state.partition,
                    doubt == null ? "the replica was suspect" : doubt,
                    "it is the only replica and goes on"));
        }
        if (history.highWatermarkHint() > history.logEndOffset()) {
            alarms.add("records of " + history.topic() + "-" + state.partition.partition() + " from offset "
                    + history.logEndOffset() + " to " + history.highWatermarkHint() + " (exclusive) were visible to"
                    + " consumers and are missing");
        }
        state.highWatermark =
                Math.max(history.logStartOffset(), Math.min(history.highWatermarkHint(), history.logEndOffset()));
        return new Opening(events, alarms);
    }

    /// STALE_IDENTITY: only another identity helps, that is, an empty directory.
    static String setBackAlarm(ReplicaState state) {
        ReplicaHistory history = state.history;
        return "the directory of " + state.self
                + " was set back to an older state: others have heard of a later life of "
                + history.topic() + "-" + state.partition.partition() + " (" + state.partition + ") in it than its "
                + history.incarnation()
                + "th. What it promised and acknowledged since is missing, so it takes no part any"
                + " more; only an empty directory, with another identity, helps";
    }

    /// One more than in the life before. A learner may have lived here before, and been given up and deleted
    /// with all that it remembered; others may remember: so it begins with the time, which is later than it was
    /// then.
    private static long incarnation(ReplicaState state, boolean isNewLearner) {
        return isNewLearner ? Math.max(1, state.nowMs) : state.history.incarnation() + 1;
    }
}
