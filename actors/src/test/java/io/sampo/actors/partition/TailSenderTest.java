package io.sampo.actors.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.partition.BatchHeader;
import io.sampo.core.partition.LogKey;
import io.sampo.core.partition.LogSettings;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.ReplicaCore;
import io.sampo.core.partition.ReplicaEffect.SendTail;
import io.sampo.core.partition.ReplicaEnvelope;
import io.sampo.core.partition.ReplicaEvent;
import io.sampo.core.partition.ReplicaEvent.BatchAppended;
import io.sampo.core.partition.ReplicaId;
import io.sampo.core.partition.ReplicaMessage.FetchReply;
import io.sampo.core.partition.ReplicaSettings;
import io.sampo.core.partition.ReplicaTransport;
import io.sampo.core.partition.ReplicationQuotas;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;

class TailSenderTest {
    private static final int WHOLE = 1_000_000;

    private final PartitionId id = new PartitionId(Uuid.randomUuid(), 0);
    private final MemoryLogs logs = new MemoryLogs();
    private final ReplicaId follower = new ReplicaId(2, Uuid.randomUuid());
    private final List<FetchReply> sent = new ArrayList<>();
    private final Queue<Runnable> waitForRoom = new ArrayDeque<>();
    private final Queue<Runnable> otherThreads = new ArrayDeque<>();
    private final ReplicationQuotas quotas = new ReplicationQuotas();
    private boolean hasRoom = true;
    private long nowMs = 50_000;

    private final ReplicaHost host = new ReplicaHost(
            "boot",
            logs,
            logs,
            new NodeLeaderDirectory(new LeaderBoard(1)),
            PartitionActorSettings.DEFAULTS,
            () -> nowMs,
            new ReplicaTransport() {
                @Override
                public void send(ReplicaEnvelope envelope) {
                    sent.add((FetchReply) envelope.message());
                }

                @Override
                public boolean hasRoom(int nodeId) {
                    return hasRoom;
                }

                @Override
                public void whenRoom(int nodeId, Runnable resume) {
                    waitForRoom.add(resume);
                }
            },
            _ -> true,
            _ -> {},
            quotas,
            new CatchUpReads(otherThreads::add, 2));

    private final ReplicaDriver driver = new ReplicaDriver(
            new ReplicaCore(id, logs.self(), ReplicaSettings.DEFAULTS),
            () -> nowMs,
            _ -> null,
            new ReplicaDriver.Actor() {
                @Override
                public void persistWanted() {}

                @Override
                public void failed(RuntimeException cause) {
                    throw new AssertionError(cause);
                }

                @Override
                public void tickAt(long atMs) {}
            });

    private final TailSender tails = new TailSender(id, host);

    TailSenderTest() {
        logs.register(id, "orders", LogSettings.DEFAULTS);
        tails.drivenBy(driver);
    }

    private static BatchAppended batch(long offset) {
        MemoryRecords records =
                MemoryRecords.withRecords(offset, Compression.NONE, 1, new SimpleRecord(new byte[] {(byte) offset}));
        return new BatchAppended(BatchHeader.of(records.batches().iterator().next()), records);
    }

    /// Batches of one record that were written long ago, by an earlier process.
    private void hold(int count) {
        for (int offset = 0; offset < count; offset++) {
            MemoryJournal.events(id).add(batch(offset));
        }
    }

    private void write(long offset) {
        List<ReplicaEvent> events = List.of(batch(offset));
        driver.run(() -> tails.persisting(events));
        MemoryJournal.events(id).addAll(events);
        driver.run(tails::persisted);
    }

    private SendTail tail(long from, long upTo, long highWatermark, boolean throttled) {
        FetchReply reply =
                new FetchReply(1, new LogKey(1, from), List.of(), List.of(), highWatermark, 0, upTo, null, null, -1);
        return new SendTail(new ReplicaEnvelope(id, logs.self(), 1, follower, reply), from, upTo, WHOLE, throttled);
    }

    private void send(SendTail tail) {
        driver.run(() -> tails.send(tail));
    }

    private static void runAll(Queue<Runnable> tasks) {
        while (!tasks.isEmpty()) {
            tasks.remove().run();
        }
    }

    private static List<Long> offsets(FetchReply reply) {
        return reply.batches().stream()
                .map(batch -> batch.header().baseOffset())
                .toList();
    }

    @Test
    void whatMayHaveToComeFromTheDiskIsReadByAnotherThread() {
        hold(3);
        send(tail(0, 3, 0, false));
        assertEquals(List.of(), sent);
        assertEquals(1, otherThreads.size());

        runAll(otherThreads);
        assertEquals(List.of(0L, 1L, 2L), offsets(sent.getFirst()));
    }

    @Test
    void whatWasJustWrittenIsSentAtOnce() {
        hold(3);
        write(3);
        send(tail(3, 4, 0, false));
        assertEquals(List.of(3L), offsets(sent.getFirst()));
        assertEquals(0, otherThreads.size());

        nowMs += 600_000;
        send(tail(3, 4, 0, false));
        assertEquals(1, otherThreads.size(), "ten minutes later nobody knows whether it is in memory");
    }

    @Test
    void aReplicaThatRepeatsItsQuestionWhileTheDiskIsSlowGetsTheNewestAnswerOnce() {
        hold(3);
        send(tail(0, 3, 1, false));
        send(tail(0, 3, 2, false));
        send(tail(0, 3, 3, false));
        assertEquals(1, otherThreads.size());

        runAll(otherThreads);
        assertEquals(1, sent.size());
        assertEquals(3, sent.getFirst().highWatermark());
        assertEquals(List.of(0L, 1L, 2L), offsets(sent.getFirst()));
    }

    @Test
    void aReplicaThatAsksForSomethingElseMeanwhileGetsThat() {
        hold(3);
        send(tail(0, 3, 1, false));
        send(tail(2, 3, 1, false));
        runAll(otherThreads);
        assertEquals(1, sent.size());
        assertEquals(List.of(2L), offsets(sent.getFirst()));
    }

    @Test
    void whileThereIsNoRoomOneAnswerWaitsAndNothingIsRead() {
        hold(3);
        write(3);
        hasRoom = false;
        send(tail(3, 4, 1, false));
        send(tail(3, 4, 2, false));
        assertEquals(1, waitForRoom.size());
        hasRoom = true;
        runAll(waitForRoom);
        assertEquals(List.of(2L), sent.stream().map(FetchReply::highWatermark).toList());
    }

    @Test
    void onlyWhatIsThrottledIsRecorded() {
        quotas.leader().changeRate(1);
        hold(3);
        write(3);
        send(tail(3, 4, 1, false));
        assertEquals(0, quotas.leader().waitMs(nowMs));
        send(tail(3, 4, 1, true));
        assertTrue(quotas.leader().waitMs(nowMs) > 0);
    }

    @Test
    void aReplicaThatEndedMeanwhileSaysNothing() {
        hold(3);
        send(tail(0, 3, 0, false));
        driver.end(null, () -> {});
        runAll(otherThreads);
        assertEquals(List.of(), sent);
    }
}
