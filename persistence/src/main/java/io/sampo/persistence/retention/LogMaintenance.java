package io.sampo.persistence.retention;

import io.sampo.core.partition.ReadView;
import io.sampo.persistence.compaction.CleanableRange;
import io.sampo.persistence.compaction.CleanerCheckpoint;
import io.sampo.persistence.compaction.CleanerSettings;
import io.sampo.persistence.compaction.LogCleaner;
import io.sampo.persistence.log.FilePartitionLog;
import io.sampo.persistence.log.FilePartitionLogs;
import io.sampo.persistence.log.SegmentView;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The background worker of a node: lets retention look at every log now and then, removes segments below the log
/// start, and cleans the dirtiest compacted log. One thread of low priority does all of it, one log after the
/// other; what fails for one log is logged and does not stop the others.
///
/// Thread rule: [#start], [#changeCleaner] and [#close] by the node; the work runs on the maintenance thread.
public final class LogMaintenance implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LogMaintenance.class);

    private final FilePartitionLogs logs;
    private final RetentionListener replicas;
    private final MaintenanceSettings settings;
    private final LongSupplier nowMs;
    private volatile LogCleaner cleaner;
    private CleanerSettings cleanerSettings;
    private @Nullable ScheduledFuture<?> cleaning;
    private final ScheduledThreadPoolExecutor worker;
    private volatile boolean stopping;

    /// @param nowMs wall clock, milliseconds
    public LogMaintenance(
            FilePartitionLogs logs, RetentionListener replicas, MaintenanceSettings settings, LongSupplier nowMs) {
        this.logs = logs;
        this.replicas = replicas;
        this.settings = settings;
        this.nowMs = nowMs;
        this.cleanerSettings = settings.cleaner();
        this.cleaner = new LogCleaner(cleanerSettings, () -> stopping);
        this.worker = new ScheduledThreadPoolExecutor(
                1,
                Thread.ofPlatform()
                        .name("sampo-log-maintenance")
                        .daemon()
                        .priority(Thread.MIN_PRIORITY)
                        .factory());
    }

    public synchronized void start() {
        var unused = every(settings.retentionCheckIntervalMs(), settings.initialDelayMs(), this::retainAll);
        if (settings.cleanerEnabled()) {
            cleaning = every(cleanerSettings.backoffMs(), settings.initialDelayMs(), this::cleanAll);
        }
    }

    /// Takes other settings of compaction: for the next round, and for the pause before it from now on. A round
    /// that
    /// runs is finished with those it began with. Any thread; does not wait.
    public synchronized void changeCleaner(CleanerSettings changed) {
        if (changed.equals(cleanerSettings)) {
            return;
        }
        boolean otherPause = changed.backoffMs() != cleanerSettings.backoffMs();
        cleanerSettings = changed;
        cleaner = new LogCleaner(changed, () -> stopping);
        if (otherPause && cleaning != null && !stopping) {
            cleaning.cancel(false);
            cleaning = every(changed.backoffMs(), changed.backoffMs(), this::cleanAll);
        }
    }

    private ScheduledFuture<?> every(long intervalMs, long initialDelayMs, Runnable work) {
        return worker.scheduleWithFixedDelay(
                () -> {
                    try {
                        work.run();
                    } catch (RuntimeException unexpected) {
                        LOG.error("Log maintenance failed and goes on at its next turn", unexpected);
                    }
                },
                initialDelayMs,
                // log.cleaner.backoff.ms may be 0.
                Math.max(1, intervalMs),
                TimeUnit.MILLISECONDS);
    }

    /// One turn of retention over all logs.
    void retainAll() {
        forEachLog("Retention", logs.openLogs(), this::retain);
    }

    /// Rounds of the cleaner over all compacted logs that are dirty enough, the dirtiest first.
    void cleanAll() {
        List<FilePartitionLog> compacted = logs.openLogs().stream()
                .filter(log -> log.settings().cleanupCompact())
                .sorted(Comparator.comparingDouble(this::dirtyRatio).reversed())
                .toList();
        forEachLog("Compaction", compacted, this::clean);
    }

    private void forEachLog(String what, List<FilePartitionLog> all, Consumer<FilePartitionLog> work) {
        for (FilePartitionLog log : all) {
            if (stopping) {
                return;
            }
            try {
                work.accept(log);
            } catch (RuntimeException failed) {
                LOG.error("{} of partition {} ({}) failed", what, log.id(), log.topic(), failed);
            }
        }
    }

    private void retain(FilePartitionLog log) {
        long logStartOffset = log.logStartOffset();
        replicas.view(log.id()).ifPresent(view -> expire(log, logStartOffset, view));
        // What expired at an earlier turn, was deleted by DeleteRecords, or is gone from the leader's log: all of it
        // is on record here, so it needs no view.
        removeBelow(log, logStartOffset);
    }

    private void expire(FilePartitionLog log, long logStartOffset, ReadView view) {
        long wanted = LogRetention.newLogStartOffset(
                log.segments(), logStartOffset, view.highWatermark(), log.settings(), nowMs.getAsLong());
        if (wanted > logStartOffset) {
            LOG.info("Partition {} ({}): records below {} expire", log.id(), log.topic(), wanted);
            replicas.advance(log.id(), wanted);
        }
    }

    private void removeBelow(FilePartitionLog log, long logStartOffset) {
        List<SegmentView> segments = log.segments();
        if (logStartOffset >= log.logEndOffset() && segments.getLast().sizeInBytes() > 0) {
            log.roll();
            segments = log.segments();
        }
        log.removeSegmentsBelowLogStart();
        boolean waitsForCheckpoint = segments.stream()
                .anyMatch(segment -> !segment.active()
                        && segment.endOffset() <= logStartOffset
                        && segment.endOffset() > log.checkpointEndOffset());
        if (waitsForCheckpoint) {
            replicas.requestCheckpoint(log.id());
        }
    }

    private double dirtyRatio(FilePartitionLog log) {
        Optional<ReadView> view = replicas.view(log.id());
        if (view.isEmpty()) {
            return 0;
        }
        try {
            return LogCleaner.range(log, checkpoint(log), view.get().lastStableOffset(), nowMs.getAsLong())
                    .dirtyRatio();
        } catch (IOException unreadable) {
            return 0;
        }
    }

    private void clean(FilePartitionLog log) {
        Optional<ReadView> view = replicas.view(log.id());
        if (view.isEmpty()) {
            return;
        }
        long stableOffset = view.get().lastStableOffset();
        try {
            Optional<LogCleaner.Result> result = cleaner.clean(log, checkpoint(log), stableOffset, nowMs.getAsLong());
            if (result.isPresent()) {
                LOG.info(
                        "Partition {} ({}): compacted up to {}, {} bytes became {}",
                        log.id(),
                        log.topic(),
                        result.get().cleanedUpToOffset(),
                        result.get().bytesBefore(),
                        result.get().bytesAfter());
            } else if (waitsForCheckpoint(log, stableOffset)) {
                replicas.requestCheckpoint(log.id());
            }
        } catch (IOException failed) {
            LOG.error("Compaction of partition {} ({}) failed", log.id(), log.topic(), failed);
        }
    }

    /// True when it would be cleaned if only the last checkpoint were newer.
    private boolean waitsForCheckpoint(FilePartitionLog log, long stableOffset) throws IOException {
        return CleanableRange.of(
                        log.segments(),
                        log.logStartOffset(),
                        checkpoint(log).cleanedUpToOffset(),
                        stableOffset,
                        log.settings(),
                        nowMs.getAsLong())
                .shouldClean(log.settings());
    }

    private CleanerCheckpoint checkpoint(FilePartitionLog log) throws IOException {
        return CleanerCheckpoint.read(
                Path.of(logs.directory(), log.topic() + "-" + log.id().partition()));
    }

    /// Ends the work; a round of the cleaner stops at its next slice and leaves nothing behind.
    @Override
    public void close() {
        synchronized (this) {
            stopping = true;
            worker.shutdown();
        }
        try {
            if (!worker.awaitTermination(10, TimeUnit.SECONDS)) {
                LOG.warn("Log maintenance still waits for the disk and is left behind");
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
