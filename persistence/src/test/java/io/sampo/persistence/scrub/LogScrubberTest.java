package io.sampo.persistence.scrub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.partition.PartitionLogException;
import io.sampo.persistence.TestEvents;
import io.sampo.persistence.TestLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The background check of closed segments over real files.
class LogScrubberTest {
    private static final long DAY_MS = 24L * 60 * 60 * 1000;
    private static final long FAST = 1L << 30;
    private static final int SEGMENTS = 4;

    @TempDir
    private Path path;

    private record Damage(long fromOffset, long toOffset) {}

    private final LinkedBlockingQueue<Damage> told = new LinkedBlockingQueue<>();
    private volatile long nowMs = 100 * DAY_MS;

    private LogScrubber start(TestLog log, long bytesPerSecond) {
        LogScrubber scrubber = new LogScrubber(
                log.logs,
                (id, from, to) -> {
                    assertEquals(TestLog.ID, id);
                    told.add(new Damage(from, to));
                },
                new ScrubSettings(bytesPerSecond, DAY_MS),
                () -> nowMs);
        scrubber.start();
        return scrubber;
    }

    private TestLog written() {
        TestLog log = new TestLog(path, new TestEvents.Settings().pageCache().build());
        for (int i = 0; i < SEGMENTS; i++) {
            log.append(List.of(TestEvents.batch(i, 1)));
            log.log.roll();
        }
        log.checkpoint();
        return log;
    }

    private Path directory() {
        return path.resolve(TestEvents.TOPIC + "-0");
    }

    private void flip(long baseOffset) throws IOException {
        Path file = directory().resolve(String.format(Locale.ROOT, "%020d.log", baseOffset));
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 1] ^= 1;
        Files.write(file, bytes);
    }

    private ScrubProgress progress() {
        try {
            return ScrubProgress.read(directory());
        } catch (IOException failed) {
            throw new AssertionError(failed);
        }
    }

    private static void await(BooleanSupplier condition, String what) {
        long deadline = System.nanoTime() + 30_000_000_000L;
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadline, what);
            Thread.onSpinWait();
        }
    }

    private @Nullable Damage nextTold() throws InterruptedException {
        return told.poll(30, TimeUnit.SECONDS);
    }

    @Test
    void aRoundOverSoundSegmentsIsNotedAndNotBegunAgainBeforeItsTime() {
        try (TestLog log = written();
                LogScrubber scrubber = start(log, FAST)) {
            await(() -> progress().equals(new ScrubProgress(nowMs, ScrubProgress.DONE)), "no round");
            nowMs += DAY_MS - 1;
            scrubber.change(new ScrubSettings(FAST - 1, DAY_MS));
            nowMs += 1;
            scrubber.change(new ScrubSettings(FAST, DAY_MS));
            await(() -> progress().equals(new ScrubProgress(nowMs, ScrubProgress.DONE)), "no second round");
        }
        assertTrue(told.isEmpty(), told.toString());
    }

    @Test
    void damageIsToldAndThatSegmentIsCheckedAgainByTheNextProcess() throws Exception {
        for (int process = 0; process < 2; process++) {
            try (TestLog log = process == 0 ? written() : new TestLog(path, new TestEvents.Settings().build())) {
                if (process == 0) {
                    flip(2);
                }
                try (LogScrubber _ = start(log, FAST)) {
                    assertEquals(new Damage(2, 3), nextTold());
                    await(() -> log.log.damagedRanges().size() == 1, "not known");
                    assertThrows(PartitionLogException.class, () -> log.log.read(2, SEGMENTS, 1000, true));
                    assertEquals(1, log.log.read(3, SEGMENTS, 1000, true).firstBatchOffset() - 2);
                    assertEquals(2, progress().nextOffset(), "segments 0 and 1 are done");
                }
            }
            told.clear();
        }
    }

    @Test
    void damageIsToldAgainWhileItIsKnown() throws Exception {
        try (TestLog log = written()) {
            flip(1);
            try (LogScrubber _ = start(log, FAST)) {
                assertEquals(new Damage(1, 2), nextTold());
                assertEquals(new Damage(1, 2), nextTold());
            }
        }
    }

    @Test
    void aReaderThatMeetsDamageHasItCheckedThoughNothingElseIs() throws Exception {
        try (TestLog log = written();
                LogScrubber _ = start(log, 0)) {
            flip(3);
            assertThrows(PartitionLogException.class, () -> log.log.forEachBatch(3, SEGMENTS, _ -> {}));
            assertEquals(new Damage(3, 4), nextTold());
            assertEquals(ScrubProgress.NONE, progress());
        }
    }

    @Test
    void theRateIsKeptAndNothingIsSavedUp() {
        Pace pace = new Pace();
        assertEquals(1_500_000_000L, pace.pass(500, 1000, 1_000_000_000L));
        assertEquals(2_000_000_000L, pace.pass(500, 1000, 1_100_000_000L));
        assertEquals(60_100_000_000L, pace.pass(100, 1000, 60_000_000_000L));
    }

    @Test
    void aSlowRoundEndsAtOnceWhenItIsClosed() {
        try (TestLog log = written()) {
            LogScrubber scrubber = start(log, 10);
            await(() -> log.logs.openFileCount() > 1, "it reads");
            long began = System.nanoTime();
            scrubber.close();
            assertTrue(System.nanoTime() - began < 9_000_000_000L, "a batch alone takes longer at that rate");
            assertTrue(progress().nextOffset() == ScrubProgress.DONE, "no segment was finished: " + progress());
        }
    }

    @Test
    void aDamagedOrForeignProgressFileCountsAsNone() throws IOException {
        new ScrubProgress(5, 7).write(path);
        assertEquals(new ScrubProgress(5, 7), ScrubProgress.read(path));
        Path file = path.resolve(ScrubProgress.FILE);
        byte[] bytes = Files.readAllBytes(file);
        bytes[3] ^= 1;
        Files.write(file, bytes);
        assertEquals(ScrubProgress.NONE, ScrubProgress.read(path));
        Files.write(file, new byte[3]);
        assertEquals(ScrubProgress.NONE, ScrubProgress.read(path));
    }
}
