package io.sampo.persistence.retention;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.partition.LogSettings;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.ReadView;
import io.sampo.core.partition.ReplicaEvent.LogStartAdvanced;
import io.sampo.persistence.TestEvents;
import io.sampo.persistence.TestLog;
import io.sampo.persistence.compaction.CleanerSettings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class LogMaintenanceTest {
    private static final MaintenanceSettings SETTINGS = new MaintenanceSettings(
            10, 0, true, new CleanerSettings(1 << 20, 0.9, 4096, Double.MAX_VALUE, 10, 24L * 3600 * 1000, 1000));

    @TempDir
    Path path;

    private volatile long nowMs = TestEvents.T0_MS + 1000;

    @Test
    void expiredSegmentsGoAfterTheReplicaHasAdvancedItsLogStart() {
        LogSettings hour = new TestEvents.Settings().retention(3_600_000, -1).build();
        try (TestLog log = new TestLog(path, hour)) {
            Replica replica = new Replica(log);
            try (LogMaintenance maintenance = new LogMaintenance(log.logs, replica, SETTINGS, () -> nowMs)) {
                threeSegments(log);
                log.checkpoint();
                maintenance.retainAll();
                assertEquals(List.of(), replica.advances, "nothing is an hour old");
                nowMs += 3_600_000;
                maintenance.retainAll();
                assertEquals(List.of(12L), replica.advances);
                assertEquals(4, log.log.segments().size(), "the replica has not persisted it yet");
                log.append(List.of(new LogStartAdvanced(12)));
                log.checkpoint();
                maintenance.retainAll();
                assertEquals(12, log.log.logStartOffset());
                assertEquals(1, log.log.segments().size());
                assertEquals(0, log.log.sizeInBytes());
                assertEquals(List.of(), replica.checkpointsWanted);
            }
        }
    }

    @Test
    void anIdleLogBecomesEmptyItsActiveSegmentToo() {
        LogSettings hour = new TestEvents.Settings().retention(3_600_000, -1).build();
        try (TestLog log = new TestLog(path, hour)) {
            Replica replica = new Replica(log);
            try (LogMaintenance maintenance = new LogMaintenance(log.logs, replica, SETTINGS, () -> nowMs)) {
                log.append(List.of(TestEvents.batch(0, 5)));
                nowMs += 3_600_100;
                maintenance.retainAll();
                assertEquals(List.of(5L), replica.advances);
                log.append(List.of(new LogStartAdvanced(5)));
                log.checkpoint();
                maintenance.retainAll();
                assertEquals(1, log.log.segments().size());
                assertEquals(0, log.log.sizeInBytes());
                log.append(List.of(TestEvents.batch(5, 1)));
                assertEquals(6, log.log.logEndOffset());
            }
        }
    }

    @Test
    void aCheckpointIsAskedForWhenRecoveryStillNeedsExpiredSegments() {
        try (TestLog log = new TestLog(path, new TestEvents.Settings().build())) {
            Replica replica = new Replica(log);
            try (LogMaintenance maintenance = new LogMaintenance(log.logs, replica, SETTINGS, () -> nowMs)) {
                threeSegments(log);
                log.append(List.of(new LogStartAdvanced(8)));
                maintenance.retainAll();
                assertEquals(List.of(TestLog.ID), replica.checkpointsWanted);
                assertEquals(4, log.log.segments().size());
                log.checkpoint();
                maintenance.retainAll();
                assertEquals(2, log.log.segments().size());
            }
        }
    }

    @Test
    void aPartitionWithoutAReplicaIsLeftAlone() {
        LogSettings second = new TestEvents.Settings().retention(1, -1).build();
        try (TestLog log = new TestLog(path, second)) {
            Replica replica = new Replica(log);
            replica.running = false;
            try (LogMaintenance maintenance = new LogMaintenance(log.logs, replica, SETTINGS, () -> nowMs)) {
                threeSegments(log);
                nowMs += 10_000;
                maintenance.retainAll();
                maintenance.cleanAll();
                assertEquals(List.of(), replica.advances);
            }
        }
    }

    /// A follower, or a suspect replica: its leader moved the log start.
    @Test
    void whatIsOnRecordAsGoneGoesAlsoWhereNothingMayBeRead() {
        try (TestLog log = new TestLog(path, new TestEvents.Settings().build())) {
            Replica replica = new Replica(log);
            replica.running = false;
            try (LogMaintenance maintenance = new LogMaintenance(log.logs, replica, SETTINGS, () -> nowMs)) {
                threeSegments(log);
                log.append(List.of(new LogStartAdvanced(12)));
                log.checkpoint();
                maintenance.retainAll();
                assertEquals(1, log.log.segments().size(), "the active one too");
                assertEquals(0, log.log.sizeInBytes());
                assertEquals(12, log.log.logEndOffset());
            }
        }
    }

    @Test
    void theWorkerCleansCompactedLogsByItself() throws Exception {
        LogSettings compact = new TestEvents.Settings().compact(0.1, 1000).build();
        try (TestLog log = new TestLog(path, compact)) {
            Replica replica = new Replica(log);
            replica.checkpointAtOnce = true;
            try (LogMaintenance maintenance = new LogMaintenance(log.logs, replica, SETTINGS, () -> nowMs)) {
                for (int i = 0; i < 20; i++) {
                    log.append(List.of(TestEvents.batch(
                            i, new SimpleRecord(TestEvents.T0_MS, TestEvents.bytes("k"), TestEvents.bytes("v" + i)))));
                }
                log.log.roll();
                maintenance.start();
                long deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
                while (log.records().size() > 1 && System.nanoTime() < deadlineNanos) {
                    TimeUnit.MILLISECONDS.sleep(2);
                }
                assertEquals(List.of(new TestLog.Kept(19, "k", "v19")), log.records());
                assertTrue(replica.checkpointsWanted.contains(TestLog.ID), "it needed a checkpoint first");
            }
        }
    }

    @Test
    void aShorterPauseOfTheCleanerHoldsFromNowOn() throws Exception {
        LogSettings compact = new TestEvents.Settings().compact(0.1, 1000).build();
        CleanerSettings quick = SETTINGS.cleaner();
        CleanerSettings slow = new CleanerSettings(1 << 20, 0.9, 4096, Double.MAX_VALUE, 3_600_000, 1000, 1000);
        try (TestLog log = new TestLog(path, compact)) {
            Replica replica = new Replica(log);
            replica.checkpointAtOnce = true;
            MaintenanceSettings hourly = new MaintenanceSettings(3_600_000, 3_600_000, true, slow);
            try (LogMaintenance maintenance = new LogMaintenance(log.logs, replica, hourly, () -> nowMs)) {
                maintenance.start();
                maintenance.changeCleaner(quick);
                for (int round = 0; round < 2; round++) {
                    for (int i = 0; i < 5; i++) {
                        log.append(List.of(TestEvents.batch(
                                log.log.logEndOffset(),
                                new SimpleRecord(TestEvents.T0_MS, TestEvents.bytes("k"), TestEvents.bytes("v")))));
                    }
                    log.log.roll();
                    long deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
                    while (log.records().size() > 1 && System.nanoTime() < deadlineNanos) {
                        TimeUnit.MILLISECONDS.sleep(2);
                    }
                    assertEquals(1, log.records().size(), "it goes on with the new pause");
                }
            }
        }
    }

    /// Four records in each of three closed segments, and an empty active one.
    private static void threeSegments(TestLog log) {
        for (int segment = 0; segment < 3; segment++) {
            log.append(List.of(TestEvents.batch(segment * 4, 4)));
            log.log.roll();
        }
    }

    /// The replica's side as the node gives it: everything in the log is committed.
    private static final class Replica implements RetentionListener {
        final List<Long> advances = new ArrayList<>();
        final List<PartitionId> checkpointsWanted = new ArrayList<>();
        boolean running = true;
        boolean checkpointAtOnce;
        private final TestLog log;

        Replica(TestLog log) {
            this.log = log;
        }

        @Override
        public Optional<ReadView> view(PartitionId id) {
            if (!running) {
                return Optional.empty();
            }
            long end = log.log.logEndOffset();
            return Optional.of(new ReadView(TestEvents.EPOCH, log.log.logStartOffset(), end, end, end));
        }

        @Override
        public void advance(PartitionId id, long newLogStartOffset) {
            advances.add(newLogStartOffset);
        }

        @Override
        public void requestCheckpoint(PartitionId id) {
            checkpointsWanted.add(id);
            if (checkpointAtOnce) {
                log.checkpoint();
            }
        }
    }
}
