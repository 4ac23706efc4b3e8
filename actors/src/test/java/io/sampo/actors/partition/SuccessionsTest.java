package io.sampo.actors.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sampo.core.metadata.LeaderView.Leadership;
import io.sampo.core.partition.PartitionId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

class SuccessionsTest {
    private static final PartitionId ID = new PartitionId(new Uuid(1, 1), 0);

    private final List<Runnable> limits = new ArrayList<>();
    private final Successions successions = new Successions(limits::add);
    private final List<String> told = new ArrayList<>();

    private void ask(String name) {
        successions.whenKnown(ID, () -> told.add(name));
    }

    @Test
    void whoAsksWhereThisNodeHasNotLedIsToldAtOnce() {
        ask("a");
        assertEquals(List.of("a"), told);
    }

    @Test
    void whoAsksAfterTheEndWaitsForTheNextLeader() {
        successions.leadershipEnded(ID);
        ask("a");
        ask("b");
        assertEquals(List.of(), told);

        successions.leaderKnown(ID);
        assertEquals(List.of("a", "b"), told);
        ask("c");
        assertEquals(List.of("a", "b", "c"), told);
    }

    @Test
    void aWaitEndsWithTheLimitAlsoWhenNobodyLeads() {
        successions.leadershipEnded(ID);
        ask("a");

        limits.forEach(Runnable::run);

        assertEquals(List.of("a"), told);
        ask("b");
        assertEquals(List.of("a", "b"), told);
    }

    @Test
    void theLimitOfAnEarlierSuccessionEndsNoLaterOne() {
        successions.leadershipEnded(ID);
        successions.leaderKnown(ID);
        successions.leadershipEnded(ID);
        ask("a");

        limits.getFirst().run();

        assertEquals(List.of(), told);
    }

    @Test
    void theBoardTellsWhoWaitsWhenAnotherNodeSaysThatItLeads() {
        LeaderBoard board = new LeaderBoard(1, Duration.ofHours(1));
        board.leadHere(ID, new Leadership(1, 5, List.of(1), List.of()));
        board.leadNoMore(ID, 5);
        board.whenLeaderKnown(ID, () -> told.add("next"));
        assertEquals(List.of(), told);

        board.heard(ID, new Leadership(2, 6, List.of(2), List.of()));

        assertEquals(List.of("next"), told);
    }

    @Test
    void nobodyWaitsWhenTheNextLeaderWasHeardBeforeTheEnd() {
        LeaderBoard board = new LeaderBoard(1, Duration.ofHours(1));
        board.leadHere(ID, new Leadership(1, 5, List.of(1), List.of()));
        board.heard(ID, new Leadership(2, 6, List.of(2), List.of()));
        board.leadNoMore(ID, 5);

        board.whenLeaderKnown(ID, () -> told.add("at once"));

        assertEquals(List.of("at once"), told);
    }
}
