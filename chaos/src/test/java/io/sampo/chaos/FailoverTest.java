package io.sampo.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sampo.chaos.history.History;
import io.sampo.chaos.history.Operation;
import io.sampo.chaos.history.Operation.FaultInjected;
import io.sampo.chaos.history.Operation.Send;
import io.sampo.chaos.history.Outcome;
import io.sampo.chaos.history.Place;
import io.sampo.chaos.history.Value;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class FailoverTest {
    private final List<Operation> operations = new ArrayList<>();

    private void sent(long invokedUs, long completedUs) {
        sent(0, invokedUs, completedUs);
    }

    private void sent(int partition, long invokedUs, long completedUs) {
        Value value = new Value("p", operations.size());
        operations.add(new Send(invokedUs, completedUs, "p", new Place("t", partition), value, Outcome.OK, 0, ""));
    }

    @Test
    void recordsThatWereUnderWayBeforeTheKillDoNotEndTheWait() {
        sent(10, 20);
        sent(90, 150); // sent before, acknowledged by the old leader's last breath
        operations.add(new FaultInjected(100, 900, "node-1", "kill -9"));
        sent(130, 700);
        sent(140, 650);

        assertEquals(List.of(550L), Failover.toNextAcknowledgement(History.of(operations)));
    }

    @Test
    void theLongestGapIsOneThatOverlapsTheStop() {
        sent(0, 10);
        sent(0, 500); // long before the stop
        sent(0, 980);
        operations.add(new FaultInjected(1_000, 1_300, "node-1", "stop"));
        sent(0, 1_100);
        sent(0, 1_290);
        sent(0, 1_400);

        assertEquals(List.of(190L), Failover.longestGaps(History.of(operations)));
    }

    @Test
    void timeInWhichNobodyWaitsIsNoGap() {
        sent(900, 950);
        operations.add(new FaultInjected(1_000, 2_000, "node-1", "stop"));
        sent(1_700, 1_760);
        sent(1_790, 1_800);

        assertEquals(List.of(60L), Failover.longestGaps(History.of(operations)));
    }

    @Test
    void thePartitionThatSuffersMostCounts() {
        operations.add(new FaultInjected(100, 900, "node-1", "stop"));
        sent(0, 110, 130);
        sent(1, 120, 420);
        sent(0, 140, 160);

        assertEquals(List.of(300L), Failover.longestGaps(History.of(operations)));
        assertEquals(List.of(320L), Failover.toNextAcknowledgement(History.of(operations)));
        assertEquals(7, Failover.longest(List.of(3L, 7L, 5L)));
    }

    @Test
    void aFaultAfterWhichNothingIsAcknowledgedHasNoEnd() {
        operations.add(new FaultInjected(100, 900, "node-1", "kill -9"));

        assertEquals(List.of(Long.MAX_VALUE), Failover.toNextAcknowledgement(History.of(operations)));
        assertEquals(List.of(0L), Failover.longestGaps(History.of(operations)));
    }

    @Test
    void theMedianOfAnEvenNumberIsTheLowerOfTheTwoInTheMiddle() {
        assertEquals(2, Failover.median(List.of(9L, 1L, 2L, 3L)));
    }
}
