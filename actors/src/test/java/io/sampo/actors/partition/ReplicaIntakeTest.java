package io.sampo.actors.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.partition.GatherRule;
import io.sampo.core.partition.ReplicaRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;

class ReplicaIntakeTest {
    private final List<Errors> errors = new ArrayList<>();
    private final AtomicInteger flushes = new AtomicInteger();
    private final List<Runnable> alarms = new ArrayList<>();
    private final List<Long> alarmNanos = new ArrayList<>();
    private long nowNanos;

    private Append append(int valueBytes) {
        MemoryRecords records = MemoryRecords.withRecords(Compression.NONE, new SimpleRecord(new byte[valueBytes]));
        return new Append(records, Append.Origin.CLIENT, (short) 1, outcome -> errors.add(outcome.error()));
    }

    private ReplicaIntake intake(int maxRequests, long maxBytes) {
        return new ReplicaIntake(
                maxRequests, maxBytes, maxBytes, new GatherRule(0), flushes::incrementAndGet, (_, _) -> {});
    }

    @Test
    void atMostOneFlushIsOutstanding() {
        ReplicaIntake intake = intake(10, 1_000_000);
        intake.offer(append(1));
        intake.offer(append(1));
        assertEquals(1, flushes.get());

        assertEquals(2, intake.drain(10, 1_000_000, nowNanos).size());
        intake.offer(append(1));
        assertEquals(1, flushes.get(), "what was drained is not dealt with yet");

        intake.drained(nowNanos);
        assertEquals(2, flushes.get());
        assertEquals(1, intake.drain(10, 1_000_000, nowNanos).size());
        intake.drained(nowNanos);
        assertEquals(2, flushes.get(), "nothing waits");
    }

    private ReplicaIntake gatheringIntake() {
        return new ReplicaIntake(
                100, 1_000_000, 10_000, new GatherRule(2_000_000), flushes::incrementAndGet, (nanos, task) -> {
                    alarmNanos.add(nanos);
                    alarms.add(task);
                });
    }

    /// Drains all and ends the round a millisecond later, with `arriving` requests meanwhile.
    private int slowRound(ReplicaIntake intake, int arriving) {
        int drained = intake.drain(100, 1_000_000, nowNanos).size();
        for (int i = 0; i < arriving; i++) {
            intake.offer(append(1));
        }
        nowNanos += 1_000_000;
        intake.drained(nowNanos);
        return drained;
    }

    @Test
    void afterASlowRoundTheNextWaitsForAsManyRequestsAsWereUnderWay() {
        ReplicaIntake intake = gatheringIntake();
        for (int i = 0; i < 4; i++) {
            intake.offer(append(1));
        }
        assertEquals(4, slowRound(intake, 1));
        assertEquals(1, flushes.get(), "four answers will cause four requests");
        assertEquals(List.of(1_000_000L), alarmNanos, "as long as the round was");
        for (int i = 0; i < 3; i++) {
            intake.offer(append(1));
        }
        assertEquals(1, flushes.get());
        intake.offer(append(1));
        assertEquals(2, flushes.get(), "all five are here");
        assertEquals(5, slowRound(intake, 0));

        alarms.getFirst().run();
        assertEquals(2, flushes.get(), "the alarm of a wait that is over means nothing");
    }

    @Test
    void aWaitInVainEndsWithItsAlarm() {
        ReplicaIntake intake = gatheringIntake();
        intake.offer(append(1));
        slowRound(intake, 1);
        assertEquals(1, flushes.get());
        alarms.getFirst().run();
        assertEquals(2, flushes.get(), "what waited goes on");
    }

    @Test
    void aRequestThatComesAfterTheWaitIsNotHeldUp() {
        ReplicaIntake intake = gatheringIntake();
        intake.offer(append(1));
        intake.offer(append(1));
        slowRound(intake, 0);
        alarms.getFirst().run();
        assertEquals(1, flushes.get(), "nothing waits");
        intake.offer(append(1));
        assertEquals(2, flushes.get());
    }

    @Test
    void enoughBytesEndAWait() {
        ReplicaIntake intake = gatheringIntake();
        intake.offer(append(1));
        intake.offer(append(1));
        slowRound(intake, 0);
        intake.offer(append(20_000));
        assertEquals(2, flushes.get());
    }

    @Test
    void oneRequestAtATimeNeverWaits() {
        ReplicaIntake intake = gatheringIntake();
        for (int i = 1; i <= 3; i++) {
            intake.offer(append(1));
            assertEquals(i, flushes.get());
            slowRound(intake, 0);
        }
        assertTrue(alarms.isEmpty());
    }

    @Test
    void moreRequestsThanTheBoundAreRefusedAtOnce() {
        ReplicaIntake intake = intake(2, 1_000_000);
        intake.offer(append(1));
        intake.offer(append(1));
        intake.offer(append(1));
        assertEquals(List.of(Errors.REQUEST_TIMED_OUT), errors);

        intake.drain(1, 1_000_000, nowNanos);
        intake.offer(append(1));
        assertEquals(1, errors.size(), "there is room again");
    }

    @Test
    void moreBytesThanTheBoundAreRefusedButOneBatchAlwaysFits() {
        ReplicaIntake intake = intake(10, 500);
        intake.offer(append(1_000));
        assertTrue(errors.isEmpty());
        intake.offer(append(1));
        assertEquals(List.of(Errors.REQUEST_TIMED_OUT), errors);

        intake.drain(10, 1_000_000, nowNanos);
        intake.offer(append(1));
        assertEquals(1, errors.size());
    }

    @Test
    void aDrainStopsAtItsBounds() {
        ReplicaIntake intake = intake(10, 1_000_000);
        for (int i = 0; i < 5; i++) {
            intake.offer(append(1_000));
        }
        assertEquals(3, intake.drain(3, 1_000_000, nowNanos).size());
        assertEquals(1, intake.drain(3, 100, nowNanos).size(), "at least one");
    }

    @Test
    void aClosedIntakeAnswersWhatWaitsAndWhatComes() {
        ReplicaIntake intake = intake(10, 1_000_000);
        intake.offer(append(1));
        intake.offer(new LocalLeaderHandle.Deletion(0, 1_000, (error, _) -> errors.add(error)));
        intake.close(Errors.KAFKA_STORAGE_ERROR);
        intake.offer(append(1));
        assertEquals(
                List.of(Errors.KAFKA_STORAGE_ERROR, Errors.KAFKA_STORAGE_ERROR, Errors.KAFKA_STORAGE_ERROR), errors);
    }

    @Test
    void underContentionEveryRequestIsAnsweredOnceAndEachThreadKeepsItsOrder() throws Exception {
        int threads = 4;
        int perThread = 3_000;
        AtomicBoolean flushSent = new AtomicBoolean();
        ReplicaIntake intake = new ReplicaIntake(
                64,
                1_000_000,
                1_000_000,
                new GatherRule(1_000),
                () -> flushSent.set(true),
                (nanos, task) -> task.run());
        AtomicInteger refused = new AtomicInteger();
        ConcurrentLinkedQueue<int[]> taken = new ConcurrentLinkedQueue<>();
        Map<ReplicaRequest, int[]> names = new java.util.concurrent.ConcurrentHashMap<>();
        CountDownLatch done = new CountDownLatch(threads);
        for (int thread = 0; thread < threads; thread++) {
            int name = thread;
            Thread.ofVirtual().start(() -> {
                for (int i = 0; i < perThread; i++) {
                    LocalLeaderHandle.Deletion request = new LocalLeaderHandle.Deletion(
                            name * 1_000_000L + i, 1_000, (_, _) -> refused.incrementAndGet());
                    names.put(request, new int[] {name, i});
                    intake.offer(request);
                }
                done.countDown();
            });
        }
        int count = 0;
        while (count + refused.get() < threads * perThread) {
            if (flushSent.compareAndSet(true, false)) {
                List<ReplicaRequest> drained = intake.drain(16, 1_000_000, nowNanos);
                drained.forEach(request -> taken.add(names.get(request)));
                count += drained.size();
                intake.drained(nowNanos);
            } else {
                Thread.onSpinWait();
            }
        }
        done.await();
        assertEquals(threads * perThread, taken.size() + refused.get());
        Map<Integer, Integer> last = new HashMap<>();
        for (int[] request : taken) {
            Integer before = last.put(request[0], request[1]);
            assertTrue(before == null || before < request[1], "order of thread " + request[0]);
        }
    }
}
