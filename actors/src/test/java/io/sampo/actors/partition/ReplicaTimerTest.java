package io.sampo.actors.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class ReplicaTimerTest {
    private static final ActorTestKit KIT = ActorTestKit.create("replica-timer");

    private final BlockingQueue<Long> alarms = new LinkedBlockingQueue<>();
    private final ReplicaTimer timer =
            new ReplicaTimer(() -> 0, KIT.system().scheduler(), KIT.system().executionContext(), alarms::add);

    @AfterAll
    static void shutdown() {
        KIT.shutdownTestKit();
    }

    @Test
    void aTimerWhosePlaceAnotherHasTakenDoesNotCountThoughItFires() throws Exception {
        timer.set(10);
        long first = alarms.poll(20, TimeUnit.SECONDS);
        timer.set(5);
        long second = alarms.poll(20, TimeUnit.SECONDS);

        assertFalse(timer.fired(first), "too late to be cancelled");
        assertTrue(timer.fired(second));
        assertFalse(timer.fired(second), "only once");
    }

    @Test
    void oneThatIsSetForEarlierIsLeftAlone() throws Exception {
        timer.set(5);
        timer.set(10);
        timer.set(Long.MAX_VALUE);
        assertEquals(1, alarms.poll(20, TimeUnit.SECONDS));
        assertTrue(timer.fired(1));
    }

    @Test
    void afterTheEndNothingIsSet() throws Exception {
        timer.end();
        timer.set(1);
        assertFalse(timer.fired(0));
        assertFalse(timer.fired(1));
    }
}
