package io.sampo.actors.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.partition.BatchHeader;
import io.sampo.core.partition.LogKey;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.ReplicaCore;
import io.sampo.core.partition.ReplicaEffect;
import io.sampo.core.partition.ReplicaEnvelope;
import io.sampo.core.partition.ReplicaEvent;
import io.sampo.core.partition.ReplicaId;
import io.sampo.core.partition.ReplicaInput;
import io.sampo.core.partition.ReplicaMessage;
import io.sampo.core.partition.ReplicaRole;
import io.sampo.core.partition.ReplicaSettings;
import io.sampo.core.partition.VoterSet;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;

class ReplicaDriverTest {
    private final ReplicaId self = new ReplicaId(1, Uuid.randomUuid());
    private final PartitionId id = new PartitionId(Uuid.randomUuid(), 0);
    private final ReplicaCore core = new ReplicaCore(id, self, ReplicaSettings.DEFAULTS);
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

    // ---- batches of other replicas ---------------------------------------------------------------------------

    private final ReplicaId leader = new ReplicaId(2, Uuid.randomUuid());
    private final List<String> consumed = new ArrayList<>();

    /// Follows `leader` in epoch 1 and has its marker.
    private void follow() {
        VoterSet voters = new VoterSet(List.of(self, leader), List.of());
        driver.step(new ReplicaInput.Open("orders", voters, "boot", true));
        persist();
        driver.step(new ReplicaInput.Received(said(new ReplicaMessage.Announce(1, 0, 0, false))));
        ReplicaEvent.EpochStarted marker = new ReplicaEvent.EpochStarted(1, 0, leader, voters);
        driver.step(new ReplicaInput.Received(said(reply(core.key(), List.of(marker), List.of()))));
        while (driver.isPersisting()) {
            persist();
        }
        assertEquals(1, core.key().lastEpoch());
    }

    private ReplicaEnvelope said(ReplicaMessage message) {
        return new ReplicaEnvelope(id, leader, 1, self, message);
    }

    private static ReplicaMessage.FetchReply reply(
            LogKey echo, List<ReplicaEvent.EpochStarted> markers, List<ReplicaEvent.BatchAppended> batches) {
        return new ReplicaMessage.FetchReply(1, echo, markers, batches, 0, 0, 10, null, null, -1);
    }

    private ReplicaMessage.FetchReply batchAt(long offset) {
        MemoryRecords records =
                MemoryRecords.withRecords(offset, Compression.NONE, 1, new SimpleRecord(new byte[] {1}));
        BatchHeader header = BatchHeader.of(records.batches().iterator().next());
        return reply(new LogKey(1, offset), List.of(), List.of(new ReplicaEvent.BatchAppended(header, records)));
    }

    @Test
    void batchesAreConsumedWhenTheyAreWritten() {
        follow();
        driver.received(new ReplicaInput.Received(said(batchAt(0))), () -> consumed.add("first"));
        assertTrue(driver.isPersisting());
        driver.received(new ReplicaInput.Received(said(batchAt(1))), () -> consumed.add("second"));
        assertEquals(List.of(), consumed, "a slow disk holds them");

        persist();
        assertEquals(List.of("first"), consumed);
        assertTrue(driver.isPersisting(), "the second one is written");
        persist();
        assertEquals(List.of("first", "second"), consumed);
        assertEquals(2, core.logEndOffset());
    }

    @Test
    void batchesThatAreDroppedAreConsumedAtOnce() {
        follow();
        driver.received(new ReplicaInput.Received(said(batchAt(7))), () -> consumed.add("does not fit"));
        assertEquals(List.of("does not fit"), consumed);
        assertEquals(0, core.logEndOffset());
    }

    @Test
    void noBatchIsHeldByAReplicaThatIsOver() {
        follow();
        driver.received(new ReplicaInput.Received(said(batchAt(0))), () -> consumed.add("being written"));
        driver.end(new ReplicaInput.StorageFailed("the disk is gone"), () -> {});
        assertEquals(List.of("being written"), consumed);
        driver.received(new ReplicaInput.Received(said(batchAt(0))), () -> consumed.add("late"));
        assertEquals(List.of("being written", "late"), consumed);
    }

    // ---- threads ---------------------------------------------------------------------------------------------

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
                new ReplicaInput.ReadBarrier(new LocalLeaderHandle.Barrier(new HashSet<>(), (_, _) -> {})),
                () -> told.add("too late"));
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
