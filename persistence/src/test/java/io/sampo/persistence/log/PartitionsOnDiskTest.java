package io.sampo.persistence.log;

import static io.sampo.persistence.log.LogFixture.ID;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.PartitionLogException;
import io.sampo.core.partition.ReplicaEvent.ReplicaCreated;
import io.sampo.core.partition.VoterSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Partition directories and the registry, with a crash at each step of creation and deletion.
class PartitionsOnDiskTest {
    private static final PartitionId OTHER = new PartitionId(new Uuid(7, 9), 0);

    @TempDir
    private Path path;

    private LogFixture fixture;

    @BeforeEach
    void createOnePartitionWithRecords() {
        fixture = new LogFixture(path, LogFixture.SMALL);
        fixture.append(created(LogFixture.TOPIC, ID));
        fixture.appendValues("a");
        fixture.log.syncMeta();
        fixture.log.syncLog();
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private ReplicaCreated created(String topic, PartitionId id) {
        return new ReplicaCreated(topic, id, fixture.directory.self(), VoterSet.single(fixture.directory.self()));
    }

    private Path registry() {
        return path.resolve(PartitionRegistry.FILE);
    }

    private Set<PartitionId> registered() throws IOException {
        // opened on a copy: opening writes anew
        Path copy = Files.createDirectories(path.resolve("copy"));
        Files.deleteIfExists(copy.resolve(PartitionRegistry.FILE));
        if (Files.exists(registry())) {
            Files.copy(registry(), copy.resolve(PartitionRegistry.FILE));
        }
        return PartitionRegistry.open(copy, FileOps.SYSTEM, List.of()).partitions();
    }

    private void assertHasItsRecord() throws IOException {
        assertEquals(List.of("0:a"), fixture.readAll());
        assertEquals(Set.of(ID), registered());
    }

    private String offline() {
        PartitionLogException refused = assertThrows(PartitionLogException.class, fixture::reopenAfterKill);
        assertTrue(fixture.logs.isMissing(ID));
        assertEquals(
                "Partition " + ID + " is offline: "
                        + fixture.logs.offlineReason(ID).orElseThrow(),
                refused.getMessage());
        assertTrue(Files.notExists(fixture.partition()), "not created anew");
        return String.valueOf(refused.getMessage());
    }

    @Test
    void aVanishedDirectoryTakesThePartitionOfflineAndTheMessageSaysWhatToDo() throws IOException {
        Files.move(fixture.partition(), path.resolve("aside"));

        String message = offline();

        assertTrue(
                message.contains(fixture.partition() + " vanished while the node was down. Restore the directory"
                        + " and restart the node; or delete the topic"),
                message);
        fixture.logs.register(OTHER, "other", LogFixture.SMALL);
        assertEquals(0, fixture.logs.open(OTHER).logEndOffset(), "other partitions live");
        offline();
        Files.move(path.resolve("aside"), fixture.partition());
        fixture.reopenAfterKill();
        assertEquals(List.of("0:a"), fixture.readAll());
    }

    @Test
    void aDeletedPartitionIsNotMissed() throws IOException {
        Files.move(fixture.partition(), path.resolve("aside"));
        offline();

        fixture.logs.delete(ID);

        assertFalse(fixture.logs.isMissing(ID));
        assertEquals(Set.of(), registered());
        fixture.reopenAfterKill();
        assertEquals(0, fixture.log.logEndOffset());
    }

    @Test
    void aDataDirectoryFromBeforeTheRegistryStartsAndIsTakenOver() throws IOException {
        Files.delete(registry());

        fixture.reopenAfterKill();

        assertHasItsRecord();
        Files.move(fixture.partition(), path.resolve("aside"));
        offline();
    }

    @Test
    void aCrashBetweenTheDirectoryAndItsEntryInTheRegistryIsNoLoss() throws IOException {
        Files.write(registry(), new byte[0], StandardOpenOption.TRUNCATE_EXISTING);
        fixture.reopenAfterKill();
        assertHasItsRecord();

        // before the directory had its partition.metadata
        Files.delete(registry());
        Files.delete(fixture.partition().resolve(PartitionDirectory.METADATA_FILE));
        fixture.reopenAfterKill();
        assertEquals(List.of("0:a"), fixture.readAll());
        fixture.appendValues("b");
        fixture.log.roll();
        fixture.log.syncLog();
        assertEquals(Set.of(ID), registered());
    }

    @Test
    void aPartitionIsNotInTheRegistryBeforeItsDirectoryIsOnDisk() throws IOException {
        fixture.logs.register(OTHER, "other", LogFixture.SMALL);
        fixture.logs.open(OTHER);
        assertEquals(Set.of(ID), registered());
        // as after a crash that took the unsynced directory with it: no false alarm
        Deletion.directoryQuietly(path.resolve("other-0"));
        fixture.reopenAfterKill();
        fixture.logs.register(OTHER, "other", LogFixture.SMALL);
        FilePartitionLog log = fixture.logs.open(OTHER);

        log.append(1, List.of(created("other", OTHER)));
        log.syncMeta();

        assertEquals(Set.of(ID, OTHER), registered());
    }

    @Test
    void aTornEntryIsCutAndTheOthersStand() throws IOException {
        byte[] whole = Files.readAllBytes(registry());
        for (int extra = 1; extra < PartitionRegistry.RECORD_BYTES; extra++) {
            byte[] torn = java.util.Arrays.copyOf(whole, whole.length + extra);
            torn[whole.length] = 1;
            Files.write(registry(), torn);
            assertEquals(Set.of(ID), registered());
        }
        fixture.reopenAfterKill();
        assertHasItsRecord();
        assertEquals(PartitionRegistry.HEADER_BYTES + PartitionRegistry.RECORD_BYTES, Files.size(registry()));
    }

    @Test
    void anEntryAfterAHalfWrittenOneIsFound() throws IOException {
        Files.write(registry(), new byte[7], StandardOpenOption.APPEND);
        fixture.logs.register(OTHER, "other", LogFixture.SMALL);
        FilePartitionLog log = fixture.logs.open(OTHER);
        log.append(1, List.of(created("other", OTHER)));
        log.syncMeta();

        assertEquals(Set.of(ID, OTHER), registered());
    }

    @Test
    void noFlippedBitMakesThePartitionUnusable() throws IOException {
        byte[] whole = Files.readAllBytes(registry());
        for (long bit = 0; bit < 8L * whole.length; bit += 5) {
            Files.write(registry(), whole);
            LogFixture.flip(registry(), bit);
            if (bit >= 32 && bit < 64) {
                continue; // the version: a newer program's file is refused
            }
            fixture.reopenAfterKill();
            assertHasItsRecord();
        }
    }

    @Test
    void aRegistryOfANewerVersionIsRefused() throws IOException {
        LogFixture.flip(registry(), 63);

        DataDirectoryException refused = assertThrows(DataDirectoryException.class, fixture::reopenAfterKill);

        assertTrue(String.valueOf(refused.getMessage()).contains("and this Sampo knows version 1"));
        LogFixture.flip(registry(), 63);
    }

    @Test
    void aCrashInTheMiddleOfADeletionIsNeitherAnAlarmNorALoss() throws IOException {
        // the entry was taken out, the directory not yet renamed: the directory counts
        Files.write(
                registry(), java.util.Arrays.copyOf(Files.readAllBytes(registry()), PartitionRegistry.HEADER_BYTES));
        fixture.reopenAfterKill();
        assertHasItsRecord();

        // the directory was renamed, and the disk forgot that the entry was taken out: nobody asks for it, and it
        // goes
        Files.move(
                fixture.partition(),
                path.resolve(PartitionDirectory.retiredName(
                        String.valueOf(fixture.partition().getFileName()), PartitionDirectory.DELETE_SUFFIX)));
        offline();
        fixture.logs.setAsideStrays(Set.of(OTHER));
        assertEquals(Set.of(), registered());
    }

    @Test
    void straysAreSetAsideWithAllTheyHoldAndTheAssignedStay() throws IOException {
        fixture.logs.register(OTHER, "other", LogFixture.SMALL);
        fixture.logs.open(OTHER).append(1, List.of(created("other", OTHER)));
        fixture.logs.close();

        fixture.directory.close();
        fixture.directory = DataDirectory.open(path, 1);
        fixture.logs = new FilePartitionLogs(fixture.directory, LogStoreSettings.DEFAULTS);
        assertEquals(Set.of(ID, OTHER), Set.copyOf(fixture.logs.onDisk()));
        fixture.logs.setAsideStrays(Set.of(OTHER));

        assertEquals(List.of(OTHER), fixture.logs.onDisk());
        assertTrue(Files.isDirectory(path.resolve("other-0")));
        assertTrue(Files.notExists(fixture.partition()));
        try (Stream<Path> entries = Files.list(path)) {
            List<Path> strays = entries.filter(entry -> entry.toString().endsWith(PartitionDirectory.STRAY_SUFFIX))
                    .toList();
            assertEquals(1, strays.size());
            assertTrue(Files.size(strays.getFirst().resolve("00000000000000000000.log")) > 0);
        }
    }

    private List<Path> strays() throws IOException {
        try (Stream<Path> entries = Files.list(path)) {
            return entries.filter(entry -> entry.toString().endsWith(PartitionDirectory.STRAY_SUFFIX))
                    .toList();
        }
    }

    private void restart(long strayRetentionMs) {
        fixture.logs.close();
        fixture.directory.close();
        fixture.directory = DataDirectory.open(path, 1);
        LogStoreSettings defaults = LogStoreSettings.DEFAULTS;
        fixture.logs = new FilePartitionLogs(
                fixture.directory,
                new LogStoreSettings(
                        defaults.maxOpenSegmentFiles(),
                        defaults.indexCacheBytes(),
                        defaults.idleFileCloseMs(),
                        defaults.checkpointsKept(),
                        defaults.maxDiskUsedPercent(),
                        strayRetentionMs,
                        defaults.decompression()));
    }

    private void awaitNoStray() throws Exception {
        long deadline = System.nanoTime() + 20_000_000_000L;
        while (!strays().isEmpty()) {
            assertTrue(System.nanoTime() < deadline, "a stray stays for ever");
            Thread.onSpinWait();
        }
    }

    @Test
    void straysGoAfterTheirTimeAlsoThoseThatAnEarlierProcessSetAside() throws Exception {
        restart(-1);
        fixture.logs.setAsideStrays(Set.of(OTHER));
        assertEquals(1, strays().size());
        restart(1);
        awaitNoStray();
    }

    @Test
    void aStrayWhosePartitionIsKnownHereAfterAllStays() throws Exception {
        fixture.append(created(LogFixture.TOPIC, ID));
        restart(-1);
        fixture.logs.setAsideStrays(Set.of(OTHER));
        Path first = strays().getFirst();
        Path unknown = Files.createDirectory(path.resolve("unknown-0.0123456789abcdef-stray"));
        Path doomed = Files.createDirectory(path.resolve("other-0.0123456789abcdef-stray"));
        PartitionDirectory.writeTopicId(doomed, OTHER);

        ScheduledThreadPoolExecutor background = new ScheduledThreadPoolExecutor(1);
        StrayDirectories strays = new StrayDirectories(background, 0, ID::equals);
        List.of(first, unknown, doomed).forEach(strays::found);
        background.shutdown();
        assertTrue(background.awaitTermination(20, TimeUnit.SECONDS));

        assertTrue(Files.isDirectory(first), "the metadata place it here now");
        assertTrue(Files.isDirectory(unknown), "it does not say whose it is");
        assertTrue(Files.notExists(doomed));
    }
}
