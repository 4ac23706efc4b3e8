package io.sampo.persistence.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.partition.LogSettings;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.ReplicaEvent;
import io.sampo.persistence.TestEvents;
import io.sampo.persistence.log.FilePartitionLog;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.apache.pekko.persistence.JournalProtocol;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// When a write is answered, and whom a bad disk harms.
@Timeout(60)
class DurabilityTest {
    private static final Duration A_WHILE = Duration.ofMillis(200);
    private static final PartitionId FIRST = TestEvents.partition(0);
    private static final PartitionId SECOND = TestEvents.partition(1);
    private static final LogSettings DURABLE = new TestEvents.Settings().build();
    private static final LogSettings PAGE_CACHE =
            new TestEvents.Settings().pageCache().build();

    @TempDir
    Path path;

    private final FaultyFiles files = new FaultyFiles();
    private JournalFixture fixture;

    @BeforeEach
    void start() {
        fixture = new JournalFixture(path, files, "", 2);
    }

    @AfterEach
    void stop() {
        files.syncHangsIn = "";
        files.goOn.release(1000);
        fixture.close();
    }

    @Test
    void aDurableWriteIsAnsweredAfterASyncThatBeganAfterIt() {
        begin(FIRST, DURABLE);
        files.syncHangsIn = "events-0";
        fixture.send(FIRST, 4, List.of(List.of(TestEvents.batch(0, 1))));
        fixture.probe.expectNoMessage(A_WHILE);
        assertEquals(1, log(FIRST).logEndOffset(), "it is in the page cache already");
        files.syncHangsIn = "";
        files.goOn.release(10);
        expectSuccess();
        assertEquals(1, log(FIRST).durableEndOffset());
    }

    @Test
    void aPageCacheWriteIsAnsweredWithoutASync() {
        begin(FIRST, PAGE_CACHE);
        int before = files.syncs.get();
        fixture.write(FIRST, 4, List.of(TestEvents.batch(0, 5)));
        assertEquals(before, files.syncs.get());
        assertEquals(5, log(FIRST).logEndOffset());
    }

    @Test
    void promisesAndMarkersAreSyncedWhateverTheTopicSays() {
        begin(FIRST, PAGE_CACHE);
        int before = files.syncs.get();
        fixture.write(FIRST, 4, List.of(new ReplicaEvent.EpochPromised(2, TestEvents.SELF)));
        assertTrue(files.syncs.get() > before);
        int afterPromise = files.syncs.get();
        fixture.write(FIRST, 5, List.of(new ReplicaEvent.HighWatermarkHint(0)));
        assertEquals(afterPromise, files.syncs.get(), "a hint is not");
    }

    @Test
    void aMarkerComesAfterASyncOfTheLogBeforeIt() {
        begin(FIRST, PAGE_CACHE);
        fixture.write(FIRST, 4, List.of(TestEvents.batch(0, 5)));
        fixture.write(
                FIRST,
                5,
                List.of(new ReplicaEvent.EpochStarted(
                        2, 5, TestEvents.SELF, io.sampo.core.partition.VoterSet.single(TestEvents.SELF))));
        assertEquals(5, log(FIRST).durableEndOffset());
    }

    @Test
    void internalTopicsAreAlwaysSynced() {
        fixture.logs.register(FIRST, "__consumer_offsets", PAGE_CACHE);
        fixture.replay(FIRST, 1, Long.MAX_VALUE, Long.MAX_VALUE);
        fixture.write(FIRST, 1, TestEvents.opening(FIRST));
        fixture.write(FIRST, 4, List.of(TestEvents.batch(0, 3)));
        assertEquals(3, log(FIRST).durableEndOffset());
    }

    @Test
    void aDiskThatHangsHoldsUpItsOwnPartitionOnly() {
        begin(FIRST, DURABLE);
        begin(SECOND, DURABLE);
        PartitionId third = TestEvents.partition(2);
        begin(third, PAGE_CACHE);
        files.syncHangsIn = "events-0";
        fixture.send(FIRST, 4, List.of(List.of(TestEvents.batch(0, 1))));
        files.hanging.acquireUninterruptibly();
        for (int i = 0; i < 50; i++) {
            fixture.write(SECOND, 4 + i, List.of(TestEvents.batch(i, 1)));
            fixture.write(third, 4 + i, List.of(TestEvents.batch(i, 1)));
        }
        assertEquals(0, log(FIRST).durableEndOffset());
        files.syncHangsIn = "";
        files.goOn.release(10);
        expectSuccess();
    }

    @Test
    void aSyncThatFailsTakesItsPartitionOfflineAndNoOther() {
        begin(FIRST, DURABLE);
        begin(SECOND, DURABLE);
        files.syncFailsIn = "events-0";
        fixture.send(FIRST, 4, List.of(List.of(TestEvents.batch(0, 1))));
        expectFailure();
        files.syncFailsIn = "";
        assertTrue(fixture.logs.offlineReason(FIRST).isPresent());
        fixture.send(FIRST, 5, List.of(List.of(TestEvents.batch(1, 1))));
        expectFailure();
        fixture.write(SECOND, 4, List.of(TestEvents.batch(0, 1)));
    }

    @Test
    void aFullDiskFailsTheWriteAndKeepsNothingOfIt() {
        begin(FIRST, DURABLE);
        fixture.write(FIRST, 4, List.of(TestEvents.batch(0, 1)));
        files.writeFailsIn = "events-0";
        fixture.send(FIRST, 5, List.of(List.of(TestEvents.batch(1, 1))));
        expectFailure();
        files.writeFailsIn = "";
        assertEquals(1, log(FIRST).logEndOffset());
        assertEquals(4, fixture.replay(FIRST, 1, Long.MAX_VALUE, Long.MAX_VALUE).highestSequenceNr());
        fixture.write(FIRST, 5, List.of(TestEvents.batch(1, 1)));
    }

    @Test
    void recoveryWaitsForOutstandingWrites() {
        begin(FIRST, DURABLE);
        files.syncHangsIn = "events-0";
        fixture.send(FIRST, 4, List.of(List.of(TestEvents.batch(0, 1))));
        files.hanging.acquireUninterruptibly();
        fixture.journal(FIRST)
                .tell(
                        new JournalProtocol.ReplayMessages(
                                5,
                                Long.MAX_VALUE,
                                Long.MAX_VALUE,
                                io.sampo.core.partition.ReplicaPersistence.persistenceId(FIRST),
                                fixture.probe.getRef()),
                        fixture.probe.getRef());
        fixture.probe.expectNoMessage(A_WHILE);
        files.syncHangsIn = "";
        files.goOn.release(10);
        // Both are answered now; the answers go to two actors, so either may come first.
        Set<Object> answers = new HashSet<>(fixture.probe.receiveN(3));
        assertTrue(answers.contains(JournalProtocol.WriteMessagesSuccessful$.MODULE$), answers.toString());
        assertTrue(answers.contains(new JournalProtocol.RecoverySuccess(4)), answers.toString());
    }

    @Test
    void flushMsSyncsInTheBackground() {
        begin(FIRST, new TestEvents.Settings().flush(Long.MAX_VALUE, 20).build());
        fixture.write(FIRST, 4, List.of(TestEvents.batch(0, 2)));
        await(() -> log(FIRST).durableEndOffset() == 2);
        fixture.write(FIRST, 5, List.of(TestEvents.batch(2, 2)));
        await(() -> log(FIRST).durableEndOffset() == 4);
    }

    @Test
    void flushMessagesSyncsInTheBackgroundAfterSoManyRecords() {
        begin(FIRST, new TestEvents.Settings().flush(10, Long.MAX_VALUE).build());
        fixture.write(FIRST, 4, List.of(TestEvents.batch(0, 9)));
        assertEquals(0, log(FIRST).durableEndOffset());
        fixture.write(FIRST, 5, List.of(TestEvents.batch(9, 1)));
        await(() -> log(FIRST).durableEndOffset() == 10);
    }

    private void begin(PartitionId id, LogSettings settings) {
        fixture.open(id, settings);
        fixture.write(id, 1, TestEvents.opening(id));
    }

    private FilePartitionLog log(PartitionId id) {
        return fixture.logs.open(id);
    }

    private void expectSuccess() {
        fixture.probe.expectMsg(JournalFixture.PATIENCE, JournalProtocol.WriteMessagesSuccessful$.MODULE$);
        fixture.probe.expectMsgClass(JournalFixture.PATIENCE, JournalProtocol.WriteMessageSuccess.class);
    }

    private void expectFailure() {
        fixture.probe.expectMsgClass(JournalFixture.PATIENCE, JournalProtocol.WriteMessagesFailed.class);
        fixture.probe.expectMsgClass(JournalFixture.PATIENCE, JournalProtocol.WriteMessageFailure.class);
    }

    private static void await(BooleanSupplier condition) {
        long deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadlineNanos, "the condition did not become true in time");
            Thread.onSpinWait();
        }
    }
}
