package io.sampo.persistence.log;

import static io.sampo.persistence.log.LogFixture.BOOT;
import static io.sampo.persistence.log.LogFixture.SMALL;
import static io.sampo.persistence.log.LogFixture.batch;
import static io.sampo.persistence.log.LogFixture.record;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.partition.PartitionLogException;
import io.sampo.core.partition.ReplicaEvent.EpochPromised;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Writes, cuts and syncs that fail, and a disk that is full.
class LogFaultTest {
    @TempDir
    private Path path;

    private static final class Faults implements FileOps {
        private volatile long writableBytes = Long.MAX_VALUE;
        private volatile boolean failTruncate;
        private volatile boolean failForce;

        @Override
        public long write(FileChannel channel, Path file, ByteBuffer[] buffers, int from, int count)
                throws IOException {
            long wanted = 0;
            for (int i = from; i < from + count; i++) {
                wanted += buffers[i].remaining();
            }
            if (wanted <= writableBytes) {
                writableBytes -= wanted;
                return FileOps.super.write(channel, file, buffers, from, count);
            }
            if (writableBytes == 0) {
                throw new IOException("No space left on device");
            }
            ByteBuffer part = buffers[from].duplicate();
            part.limit(part.position() + (int) Math.min(writableBytes, part.remaining()));
            int written = channel.write(part);
            buffers[from].position(buffers[from].position() + written);
            writableBytes -= written;
            return written;
        }

        @Override
        public void truncate(FileChannel channel, Path file, long size) throws IOException {
            if (failTruncate) {
                throw new IOException("Input/output error");
            }
            FileOps.super.truncate(channel, file, size);
        }

        @Override
        public void force(FileChannel channel, Path file) throws IOException {
            if (failForce) {
                throw new IOException("Input/output error");
            }
            FileOps.super.force(channel, file);
        }
    }

    @Test
    void aHalfWrittenAppendIsCutOffAndTheLogGoesOn() throws IOException {
        Faults faults = new Faults();
        try (LogFixture fixture = new LogFixture(path, SMALL, faults, BOOT)) {
            fixture.appendBatches(3, 1);
            for (int room = 0; room < 230; room += 7) {
                faults.writableBytes = room;
                assertThrows(
                        PartitionLogException.class,
                        () -> fixture.append(
                                batch(3, 0, record(3, "a")),
                                new EpochPromised(1, fixture.directory.self()),
                                batch(4, 0, record(4, "b")),
                                batch(5, 0, record(5, "c"))));
                faults.writableBytes = Long.MAX_VALUE;
                assertEquals(3, fixture.log.logEndOffset());
                assertEquals(3, fixture.readAll().size());
                assertEquals(3, fixture.log.highestSequenceNr());
            }
            fixture.appendValues("value-3");
            fixture.reopenAfterKill();
            assertEquals(4, fixture.readAll().size());
            assertEquals(4, fixture.log.highestSequenceNr());
        }
    }

    @Test
    void anAppendThatCannotBeCutOffTakesThePartitionOffline() {
        Faults faults = new Faults();
        try (LogFixture fixture = new LogFixture(path, SMALL, faults, BOOT)) {
            fixture.appendBatches(3, 1);
            faults.writableBytes = 10;
            faults.failTruncate = true;
            assertThrows(PartitionLogException.class, () -> fixture.appendBatches(1, 1));
            faults.writableBytes = Long.MAX_VALUE;
            faults.failTruncate = false;
            assertTrue(fixture.log.offlineReason().isPresent());
            assertFalse(fixture.logs.find(LogFixture.ID).isPresent());
            assertThrows(PartitionLogException.class, () -> fixture.appendBatches(1, 1));
        }
    }

    @Test
    void aFailedSyncIsNeverTriedAgain() {
        Faults faults = new Faults();
        try (LogFixture fixture = new LogFixture(path, SMALL, faults, BOOT)) {
            fixture.appendBatches(3, 1);
            faults.failForce = true;
            assertThrows(PartitionLogException.class, fixture.log::syncLog);
            faults.failForce = false;
            assertThrows(PartitionLogException.class, fixture.log::syncLog);
            assertEquals(0, fixture.log.durableEndOffset());
            assertTrue(fixture.logs.offlineReason(LogFixture.ID).orElse("").contains("sync"));
        }
    }

    @Test
    void aFullDiskRefusesAppendsAndLosesNothing() throws IOException, InterruptedException {
        Path small = Files.createDirectory(path.resolve("small"));
        Assumptions.assumeTrue(
                run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", small.toString()),
                "mounting a tmpfs is not permitted here");
        try (LogFixture fixture = new LogFixture(small.resolve("data"), SMALL)) {
            String large = "x".repeat(10_000);
            int accepted = 0;
            while (accepted < 1000) {
                try {
                    fixture.appendValues(large);
                    accepted++;
                } catch (PartitionLogException full) {
                    break;
                }
            }
            assertTrue(accepted > 50 && accepted < 200, "accepted " + accepted);
            assertThrows(PartitionLogException.class, () -> fixture.appendValues(large));
            assertEquals(accepted, fixture.readAll().size());
            fixture.reopenAfterKill();
            assertEquals(accepted, fixture.readAll().size());
        } finally {
            assertTrue(run("umount", "-l", small.toString()));
        }
    }

    private static boolean run(String... command) throws IOException, InterruptedException {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getInputStream().readAllBytes();
            return process.waitFor(20, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException noSuchCommand) {
            return false;
        }
    }
}
