package io.sampo.core.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sampo.core.partition.ReplicaEvent.BatchAppended;
import io.sampo.core.partition.ReplicaEvent.EpochStarted;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReplicatedTailTest {
    private static final ReplicaId LEADER = QuorumCluster.id(2);
    private static final VoterSet CONFIG = VoterSet.single(LEADER);

    private final ReplicaState state = new ReplicaState(
            ReplicaContext.PARTITION, ReplicaContext.SELF, ReplicaSettings.DEFAULTS, 1, Mutations.NONE);

    private static EpochStarted marker(int epoch, long start) {
        return new EpochStarted(epoch, start, LEADER, CONFIG);
    }

    private static BatchAppended batch(long base, long last, int epoch) {
        return new BatchAppended(new BatchHeader(base, last, epoch, -1, (short) -1, -1, 0, 80, false, false), null);
    }

    private List<ReplicaEvent> take(List<EpochStarted> markers, List<BatchAppended> batches) {
        List<ReplicaEvent> events = new ArrayList<>();
        ReplicatedTail.take(
                new ReplicaMessage.FetchReply(9, state.history.key(), markers, batches, 0, 0, 99, null, null, -1),
                state,
                events);
        return events;
    }

    @Test
    void markersStandWhereTheyStoodInTheLeadersLog() {
        List<EpochStarted> markers = List.of(marker(1, 0), marker(2, 3), marker(4, 3), marker(5, 6));
        List<BatchAppended> batches = List.of(batch(0, 2, 1), batch(3, 4, 4), batch(5, 5, 4));

        assertEquals(
                List.of(
                        markers.get(0),
                        batches.get(0),
                        markers.get(1),
                        markers.get(2),
                        batches.get(1),
                        batches.get(2),
                        markers.get(3)),
                take(markers, batches));
        assertEquals(new LogKey(5, 6), state.history.key());
    }

    @Test
    void aMarkerThatIsNotReachedYetComesWithALaterAnswer() {
        assertEquals(
                List.of(marker(1, 0), batch(0, 2, 1)),
                take(List.of(marker(1, 0), marker(2, 5)), List.of(batch(0, 2, 1))));
        assertEquals(List.of(batch(3, 4, 1), marker(2, 5)), take(List.of(marker(2, 5)), List.of(batch(3, 4, 1))));
    }

    @Test
    void whatDoesNotContinueTheLogIsLeftOut() {
        take(List.of(marker(1, 0)), List.of(batch(0, 2, 1)));

        assertEquals(List.of(), take(List.of(), List.of(batch(2, 4, 1))), "overlaps");
        assertEquals(List.of(), take(List.of(), List.of(batch(3, 4, 2))), "an epoch without a marker");
        assertEquals(List.of(), take(List.of(marker(2, 4)), List.of(batch(3, 5, 1))), "reaches over a marker");
        assertEquals(List.of(batch(7, 8, 1)), take(List.of(), List.of(batch(7, 8, 1))), "compaction leaves gaps");
    }

    @Test
    void anEmptyLogMayBeginInTheMiddleOfABatch() {
        take(List.of(marker(1, 0)), List.of());
        state.history.apply(new ReplicaEvent.LogStartAdvanced(4), state.settings);
        state.history.apply(new ReplicaEvent.Opened(1, "boot"), state.settings);
        assertEquals(4, state.history.logEndOffset());

        assertEquals(List.of(batch(2, 6, 1), batch(7, 7, 1)), take(List.of(), List.of(batch(2, 6, 1), batch(7, 7, 1))));
    }
}
