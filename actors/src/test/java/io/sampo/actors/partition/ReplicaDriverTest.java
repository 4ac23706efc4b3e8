package io.sampo.actors.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.ReplicaCore;
import io.sampo.core.partition.ReplicaEffect;
import io.sampo.core.partition.ReplicaId;
import io.sampo.core.partition.ReplicaInput;
import io.sampo.core.partition.ReplicaRole;
import io.sampo.core.partition.ReplicaSettings;
import io.sampo.core.partition.VoterSet;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

class ReplicaDriverTest {
    private final ReplicaId self = new ReplicaId(1, Uuid.randomUuid());
    private final ReplicaCore core =
            new ReplicaCore(new PartitionId(Uuid.randomUuid(), 0), self, ReplicaSettings.DEFAULTS);
    private final List<ReplicaEffect> effects = new ArrayList<>();
    private final List<String> told = new ArrayList<>();
    private final ReplicaDriver driver = new ReplicaDriver(
            core,
            () -> 0L,
            all -> {
                effects.addAll(all);
                return all.stream()
                        .filter(ReplicaEffect.Persist.class::isInstance)
                        .map(ReplicaEffect.Persist.class::cast)
                        .findFirst()
                        .orElse(null);
            },
            new ReplicaDriver.Actor() {
                @Override
                public void persistWanted() {
                    told.add("persist");
                }

                @Override
                public void failed(RuntimeException cause) {
                    told.add(String.valueOf(cause.getMessage()));
                }

                @Override
                public void tickAt(long atMs) {
                    if (timerIsBroken) {
                        throw new IllegalStateException("no timer");
                    }
                }
            });
    private boolean timerIsBroken;

    private void open() {
        driver.step(new ReplicaInput.Open("orders", VoterSet.single(self), "boot", true));
    }

    private void persist() {
        assertNotNull(driver.takePersist());
        driver.persisted(() -> {}, _ -> {});
    }

    @Test
    void whatMayNotComeInBetweenWaitsForThePersistInOrder() {
        open();
        driver.step(new ReplicaInput.Campaign());
        driver.step(
                _ -> {
                    told.add("later");
                    return null;
                },
                () -> told.add("over"));
        driver.stepAnytime(ReplicaInput.Tick::new);
        assertEquals(ReplicaRole.OFFLINE, core.role(), "not open before its persist is done");
        assertEquals(List.of("persist"), told);

        persist();
        while (!core.isActive()) {
            persist();
        }
        assertEquals("later", told.getLast(), "behind the campaign and its persists");
        assertTrue(effects.stream().anyMatch(ReplicaEffect.BecameActive.class::isInstance));
    }

    @Test
    void thePersistIsTakenOnceAndTheActorThatAsksIsNotTold() {
        driver.stepByActor(_ -> new ReplicaInput.Open("orders", VoterSet.single(self), "boot", true));
        assertEquals(List.of(), told);
        assertNotNull(driver.takePersist());
        assertNull(driver.takePersist());
    }

    @Test
    void aViolatedCheckEndsItLoudlyAndTheLastWordIsStillHeard() {
        open();
        driver.stepAnytime(() -> {
            throw new IllegalStateException("broken");
        });
        assertEquals("broken", told.getLast());
        driver.run(() -> told.add("dropped"));
        driver.end(new ReplicaInput.StorageFailed("it failed"), () -> told.add("end"));
        driver.run(() -> told.add("dropped"));
        assertEquals("end", told.getLast());
        assertNull(driver.takePersist());
    }

    @Test
    void afterAnErrorItTakesItsLastInput() {
        open();
        driver.stepAnytime(() -> {
            throw new OutOfMemoryError("no direct memory");
        });
        assertTrue(told.getLast().contains("no direct memory"), told::toString);
        driver.end(null, () -> told.add("end"));
        assertEquals("end", told.getLast());
    }

    @Test
    void aTimerThatFailsEndsTheReplicaLoudly() {
        timerIsBroken = true;
        open();
        assertEquals("no timer", told.getLast());
        driver.end(null, () -> told.add("end"));
        assertEquals("end", told.getLast());
    }

    @Test
    void whoWaitsIsToldThatTheReplicaIsOver() {
        open();
        driver.step(_ -> null, () -> told.add("waited in vain"));
        driver.stepAnytime(() -> {
            throw new IllegalStateException("broken");
        });
        driver.step(
                new ReplicaInput.ReadBarrier(new LocalLeaderHandle.Barrier((_, _) -> {})), () -> told.add("too late"));
        assertEquals(List.of("persist", "waited in vain", "broken", "too late"), told);
    }

    @Test
    void inputsOfManyThreadsAreTakenOneAtATime() throws Exception {
        int threads = 4;
        int each = 20_000;
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger overlaps = new AtomicInteger();
        int[] plainCount = {0};
        CountDownLatch done = new CountDownLatch(threads);
        for (int i = 0; i < threads; i++) {
            Thread.ofPlatform().start(() -> {
                for (int n = 0; n < each; n++) {
                    driver.run(() -> {
                        overlaps.addAndGet(inside.getAndIncrement());
                        plainCount[0]++;
                        inside.decrementAndGet();
                    });
                }
                done.countDown();
            });
        }
        assertTrue(done.await(30, TimeUnit.SECONDS));
        CountDownLatch last = new CountDownLatch(1);
        driver.run(last::countDown);
        assertTrue(last.await(30, TimeUnit.SECONDS));
        assertEquals(0, overlaps.get());
        assertEquals(threads * each, plainCount[0]);
    }
}
