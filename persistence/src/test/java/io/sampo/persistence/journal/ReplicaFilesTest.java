package io.sampo.persistence.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.partition.LogSettings;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.ReplicaEvent;
import io.sampo.core.partition.ReplicaEvent.EpochPromised;
import io.sampo.core.partition.ReplicaEvent.Opened;
import io.sampo.core.partition.ReplicaEvent.TruncateIntent;
import io.sampo.persistence.TestEvents;
import io.sampo.persistence.log.FileOps;
import io.sampo.persistence.log.FilePartitionLog;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A replica's next life, as its plugins see it: opened, cut, begun anew.
@Timeout(60)
class ReplicaFilesTest {
    private static final PartitionId ID = TestEvents.partition(0);
    private static final LogSettings DURABLE = new TestEvents.Settings().build();
    private static final LogSettings PAGE_CACHE =
            new TestEvents.Settings().pageCache().build();

    @TempDir
    Path path;

    private static JournalFixture begun(Path path, LogSettings settings) {
        JournalFixture fixture = new JournalFixture(path, FileOps.SYSTEM, "", 2);
        fixture.open(ID, settings);
        fixture.write(ID, 1, TestEvents.opening(ID));
        return fixture;
    }

    private static FilePartitionLog log(JournalFixture fixture) {
        return fixture.logs.open(ID);
    }

    /// What a killed process left in the page cache counts as durable from then on.
    @Test
    void theOpeningIsSyncedTogetherWithTheLogWhereTheTopicWaitsForTheDisk() {
        try (JournalFixture killed = begun(path, PAGE_CACHE)) {
            killed.write(ID, 4, List.of(TestEvents.batch(0, 5)));
            assertEquals(0, log(killed).durableEndOffset());
        }
        try (JournalFixture fixture = new JournalFixture(path, FileOps.SYSTEM, "", 2)) {
            fixture.open(ID, DURABLE);
            assertEquals(5, log(fixture).logEndOffset());
            assertEquals(0, log(fixture).durableEndOffset(), "nobody knows");
            fixture.write(ID, 5, List.of(new Opened(1, "boot")));
            assertEquals(5, log(fixture).durableEndOffset());
        }
    }

    @Test
    void aTopicThatBecomesDurableIsSyncedWholeBeforeTheNextAcknowledgement() {
        try (JournalFixture fixture = begun(path, PAGE_CACHE)) {
            fixture.write(ID, 4, List.of(TestEvents.batch(0, 5)));
            fixture.write(ID, 5, List.of(TestEvents.batch(5, 1)));
            assertEquals(0, log(fixture).durableEndOffset());
            fixture.register(ID, DURABLE);
            fixture.write(ID, 6, List.of(TestEvents.batch(6, 1)));
            assertEquals(7, log(fixture).durableEndOffset());
        }
    }

    @Test
    void theNextRecoveryAfterAnIntentFindsTheLogCutAndGoesOnWithHigherNumbers() {
        for (boolean told : new boolean[] {true, false}) {
            try (JournalFixture fixture = begun(path.resolve("told-" + told), DURABLE)) {
                fixture.write(ID, 4, List.of(TestEvents.batch(0, 2), TestEvents.batch(2, 2), TestEvents.batch(4, 2)));
                fixture.write(ID, 7, List.of(new TruncateIntent(2, TestEvents.EPOCH, 3)));
                if (told) {
                    fixture.logs.truncate(ID);
                }
                JournalFixture.Replayed replayed = fixture.replay(ID, 1, Long.MAX_VALUE, Long.MAX_VALUE);
                assertEquals(2, log(fixture).logEndOffset());
                assertEquals(7, replayed.highestSequenceNr());
                assertEquals(List.of(1L, 2L, 3L, 4L, 7L), replayed.numbers());
                fixture.write(ID, 8, List.of(new Opened(2, "boot"), TestEvents.batch(2, 1)));
                assertEquals(3, log(fixture).durableEndOffset());
                assertEquals(
                        List.of(8L, 9L),
                        fixture.replay(ID, 8, Long.MAX_VALUE, Long.MAX_VALUE).numbers());
            }
        }
    }

    @Test
    void aResetBeginsAtItsCheckpoint() {
        try (JournalFixture fixture = begun(path, DURABLE)) {
            fixture.write(ID, 4, List.of(TestEvents.batch(0, 2)));
            ReplicaEvent.Checkpoint checkpoint = TestEvents.checkpoint(ID, 100, 100);
            fixture.logs.reset(ID, checkpoint);
            JournalFixture.Replayed replayed = fixture.replay(ID, 6, Long.MAX_VALUE, Long.MAX_VALUE);
            assertEquals(List.of(), replayed.numbers());
            assertEquals(5, replayed.highestSequenceNr());
            fixture.write(ID, 6, List.of(new Opened(2, "boot"), new EpochPromised(9, TestEvents.SELF)));
            fixture.write(ID, 8, List.of(TestEvents.batch(100, 1)));
            assertEquals(101, log(fixture).durableEndOffset());
            assertEquals(checkpoint, log(fixture).checkpoints().getFirst().checkpoint());
        }
    }

    /// A sync by `flush.ms` that comes when the files are another object's.
    @Test
    void aLateSyncOfTheOldLogDoesNotHarmTheNewOne() throws InterruptedException {
        LogSettings later = new TestEvents.Settings().flush(Long.MAX_VALUE, 50).build();
        try (JournalFixture fixture = begun(path, later)) {
            fixture.write(ID, 4, List.of(TestEvents.batch(0, 2)));
            fixture.write(ID, 5, List.of(new TruncateIntent(0, TestEvents.EPOCH, 3)));
            fixture.logs.truncate(ID);
            long rounds = LogStorage.get(fixture.system).groupCommit().rounds();
            await(() -> LogStorage.get(fixture.system).groupCommit().rounds() > rounds);
            assertEquals(Optional.empty(), fixture.logs.offlineReason(ID));
            fixture.replay(ID, 1, Long.MAX_VALUE, Long.MAX_VALUE);
            fixture.write(ID, 6, List.of(TestEvents.batch(0, 1)));
            assertEquals(1, log(fixture).logEndOffset());
        }
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        long deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadlineNanos, "in time");
            TimeUnit.MILLISECONDS.sleep(2);
        }
    }
}
