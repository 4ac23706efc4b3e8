package io.sampo.persistence.log;

import io.sampo.core.partition.Invariant;
import io.sampo.core.partition.LogSettings;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.PartitionLog;
import io.sampo.core.partition.PartitionLogException;
import io.sampo.core.partition.PartitionLogs;
import io.sampo.core.partition.ReplicaEvent.Checkpoint;
import io.sampo.core.partition.ReplicaFiles;
import io.sampo.core.partition.ReplicaId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// All partition logs of one data directory: which there are, which are open, which are offline and why.
///
/// Thread rule: any thread. [#open] blocks on the disk; the port's methods do not, but for the rename of [#delete].
public final class FilePartitionLogs implements PartitionLogs, ReplicaFiles, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FilePartitionLogs.class);
    private static final long DISK_CHECK_MS = 1000;
    private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

    private final DataDirectory dataDirectory;
    private final StoreServices services;
    private final ScheduledThreadPoolExecutor background;
    private final PartitionsOnDisk onDisk;
    private final DamageSuspects suspects = new DamageSuspects();
    private final ConcurrentHashMap<PartitionId, Entry> entries = new ConcurrentHashMap<>();

    /// A registered partition. Guarded by itself, but for the volatile fields.
    private static final class Entry {
        private volatile String topic;
        private volatile LogSettings settings;
        private volatile @Nullable FilePartitionLog log;
        private volatile @Nullable String offline;
        private volatile boolean deleted;

        private Entry(String topic, LogSettings settings) {
            this.topic = topic;
            this.settings = settings;
        }
    }

    /// @param directory stays the caller's: close it after this
    public FilePartitionLogs(DataDirectory directory, LogStoreSettings settings) {
        this(directory, settings, InstantSource.system(), bootIdOfThisMachine());
    }

    /// @param bootId of the operating system; empty when it is not known
    public FilePartitionLogs(DataDirectory directory, LogStoreSettings settings, InstantSource clock, String bootId) {
        this.dataDirectory = directory;
        this.background = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().name("sampo-log-housekeeping").daemon().factory());
        background.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        this.services = new StoreServices(
                directory.files(),
                new OpenFiles(directory.files(), settings.maxOpenSegmentFiles()),
                new IndexCache(settings.indexCacheBytes()),
                clock,
                bootId,
                settings,
                new DiskReserve(settings.maxDiskUsedPercent()),
                background);
        this.onDisk = new PartitionsOnDisk(
                directory,
                background,
                new StrayDirectories(background, settings.strayRetentionMs(), entries::containsKey));
        var _ = background.scheduleWithFixedDelay(this::lookAtDisk, 0, DISK_CHECK_MS, TimeUnit.MILLISECONDS);
        var _ = background.scheduleWithFixedDelay(
                this::houseKeeping, settings.idleFileCloseMs(), settings.idleFileCloseMs(), TimeUnit.MILLISECONDS);
    }

    /// Identifies the boot of the operating system; empty where there is no such thing.
    public static String bootIdOfThisMachine() {
        try {
            return Files.readString(BOOT_ID).strip();
        } catch (IOException | UncheckedIOException none) {
            return "";
        }
    }

    void lookAtDisk() {
        try {
            services.reserve().look(diskSpace());
        } catch (PartitionLogException failed) {
            LOG.warn("How full the disk is cannot be seen: {}", failed.getMessage());
        }
    }

    private void houseKeeping() {
        services.openFiles().evictIdle();
        openLogs().forEach(FilePartitionLog::checkDirectory);
    }

    /// Recovers the log of a registered partition, or creates it; the same object again when it is open already.
    ///
    /// Blocking: call it on a thread that may wait for the disk.
    ///
    /// @throws PartitionLogException when it is not registered, was deleted, is offline, or turns out to be damaged
    ///     (it
    ///     is offline from then on)
    public FilePartitionLog open(PartitionId id) {
        Entry entry = entries.get(id);
        if (entry == null) {
            throw new PartitionLogException("Partition " + id + " is not registered");
        }
        synchronized (entry) {
            String offline = entry.offline;
            if (offline != null) {
                throw new PartitionLogException("Partition " + id + " is offline: " + offline);
            }
            if (entry.deleted) {
                throw new PartitionLogException("Partition " + id + " was deleted");
            }
            FilePartitionLog open = entry.log;
            if (open != null && !open.awaitsTruncation()) {
                return open;
            }
            return handOverAndRecover(id, entry, LogRecovery::recover);
        }
    }

    private interface Recover {
        LogRecovery.Recovered from(LogRecovery recovery) throws IOException;
    }

    /// Hands the files over to another object; the caller holds the entry.
    private FilePartitionLog handOverAndRecover(PartitionId id, Entry entry, Recover how) {
        FilePartitionLog old = entry.log;
        if (old != null) {
            old.handOver();
        }
        try {
            FilePartitionLog opened = recover(id, entry, how);
            entry.log = opened;
            return opened;
        } catch (IOException failed) {
            String reason = DataDirectory.describe(failed);
            LOG.error("Partition {} of topic {} goes offline: {}", id, entry.topic, reason);
            entry.offline = reason;
            throw new PartitionLogException("Partition " + id + " is offline: " + reason, failed);
        }
    }

    // ---- between two lives of a replica

    @Override
    public void truncate(PartitionId id) {
        // Recovery finishes what the journal says.
        var _ = open(id);
    }

    @Override
    public void reset(PartitionId id, Checkpoint checkpoint) {
        Invariant.check(
                checkpoint.partition().equals(id) && checkpoint.logEndOffset() == checkpoint.logStartOffset(),
                "reset of %s to a checkpoint of %s with the log %d to %d",
                id,
                checkpoint.partition(),
                checkpoint.logStartOffset(),
                checkpoint.logEndOffset());
        FilePartitionLog old = open(id);
        Entry entry = entries.get(id);
        if (entry == null) {
            throw new PartitionLogException("Partition " + id + " was deleted");
        }
        synchronized (entry) {
            if (entry.deleted) {
                throw new PartitionLogException("Partition " + id + " was deleted");
            }
            // Numbers are not used twice, and what is still on its way from the old life has a lower one.
            StoredCheckpoint stored = new StoredCheckpoint(
                    old.highestSequenceNr() + 1, services.clock().millis(), checkpoint);
            LogReset reset = new LogReset(old.directory(), dataDirectory.files());
            handOverAndRecover(id, entry, recovery -> {
                reset.begin(stored);
                return recovery.recover();
            });
        }
    }

    @Override
    public void cutDamage(PartitionId id, long fromOffset) {
        FilePartitionLog old = open(id);
        Entry entry = entries.get(id);
        if (entry == null) {
            throw new PartitionLogException("Partition " + id + " was deleted");
        }
        synchronized (entry) {
            if (entry.deleted) {
                throw new PartitionLogException("Partition " + id + " was deleted");
            }
            Optional<DamagedRange> damaged = old.damagedRanges().stream()
                    .filter(range -> range.fromOffset() == fromOffset)
                    .findFirst();
            if (damaged.isPresent()) {
                handOverAndRecover(id, entry, recovery -> recovery.recoverBefore(damaged.get()));
            }
        }
    }

    @Override
    public Optional<String> damage(PartitionId id) {
        Entry entry = entries.get(id);
        FilePartitionLog log = entry == null ? null : entry.log;
        return log == null ? Optional.empty() : log.damage();
    }

    private FilePartitionLog recover(PartitionId id, Entry entry, Recover how) throws IOException {
        PartitionsOnDisk.Place place = onDisk.locate(id, entry.topic);
        LogRecovery.Recovered recovered =
                how.from(new LogRecovery(new RecoveryInput(id, place.path(), entry.settings, services)));
        onDisk.opened(id, place);
        return new FilePartitionLog(
                id,
                entry.topic,
                place.path(),
                services,
                place.parent(),
                (_, reason) -> entry.offline = reason,
                suspects,
                recovered);
    }

    /// Segments that should be checked before their turn.
    public DamageSuspects suspects() {
        return suspects;
    }

    /// True when the partition was created here and its directory is not there any more: [#open] will refuse it.
    public boolean isMissing(PartitionId id) {
        return onDisk.isMissing(id);
    }

    /// Renames the directories of all partitions but these to `...-stray` and keeps them for some time
    /// ([StrayDirectories]): what a crash in the
    /// middle
    /// of a topic's deletion left behind. To be called at the start, before a partition is registered, and only
    /// with
    /// what complete metadata says.
    ///
    /// @param assigned partitions of this node, those of the metadata log among them
    public void setAsideStrays(Set<PartitionId> assigned) {
        onDisk.setAsideStrays(assigned);
    }

    /// Takes the partition out of service until the process starts again. Its files stay as they are.
    public void markOffline(PartitionId id, String reason) {
        Entry entry = entries.get(id);
        if (entry == null) {
            return;
        }
        FilePartitionLog log = entry.log;
        if (log != null) {
            var _ = log.goOffline(reason, null);
        } else {
            LOG.error("Partition {} of topic {} goes offline: {}", id, entry.topic, reason);
            entry.offline = reason;
        }
    }

    /// Logs that are open and not offline: what retention, compaction and flushing go over.
    public List<FilePartitionLog> openLogs() {
        List<FilePartitionLog> open = new ArrayList<>();
        for (Entry entry : entries.values()) {
            FilePartitionLog log = entry.log;
            if (log != null && entry.offline == null && !entry.deleted) {
                open.add(log);
            }
        }
        return open;
    }

    @Override
    public void register(PartitionId id, String topic, LogSettings settings) {
        entries.compute(id, (_, known) -> {
            if (known == null) {
                return new Entry(topic, settings);
            }
            known.settings = settings;
            FilePartitionLog log = known.log;
            if (log != null) {
                log.updateSettings(settings);
            }
            return known;
        });
    }

    @Override
    public Optional<PartitionLog> find(PartitionId id) {
        Entry entry = entries.get(id);
        return entry == null || entry.deleted || entry.offline != null
                ? Optional.empty()
                : Optional.ofNullable(entry.log);
    }

    @Override
    public Optional<String> offlineReason(PartitionId id) {
        Entry entry = entries.get(id);
        return entry == null ? Optional.empty() : Optional.ofNullable(entry.offline);
    }

    @Override
    public void delete(PartitionId id) {
        Entry entry = entries.remove(id);
        Path deleted;
        if (entry == null) {
            deleted = onDisk.retire(id);
        } else {
            synchronized (entry) {
                entry.deleted = true;
                FilePartitionLog log = entry.log;
                if (log != null) {
                    log.retire();
                }
                deleted = onDisk.retire(id);
            }
        }
        if (deleted != null) {
            long delayMs = (entry == null ? LogSettings.DEFAULTS : entry.settings).fileDeleteDelayMs();
            var _ = background.schedule(() -> Deletion.directoryQuietly(deleted), delayMs, TimeUnit.MILLISECONDS);
        }
    }

    @Override
    public List<PartitionId> onDisk() {
        return onDisk.ids();
    }

    @Override
    public ReplicaId self() {
        return dataDirectory.self();
    }

    @Override
    public String directory() {
        return dataDirectory.path().toString();
    }

    @Override
    public DiskSpace diskSpace() {
        try {
            return dataDirectory.files().space(dataDirectory.path());
        } catch (IOException failed) {
            throw new PartitionLogException(
                    "Asking for the space of " + dataDirectory.path() + " failed: " + DataDirectory.describe(failed),
                    failed);
        }
    }

    /// Channels that are open now, over all partitions.
    public int openFileCount() {
        return services.openFiles().size();
    }

    /// Syncs and closes all logs, stops the background work.
    @Override
    public void close() {
        background.shutdownNow();
        for (Map.Entry<PartitionId, Entry> each : entries.entrySet()) {
            Entry entry = each.getValue();
            synchronized (entry) {
                FilePartitionLog log = entry.log;
                entry.log = null;
                if (log != null) {
                    try {
                        log.close();
                    } catch (PartitionLogException failed) {
                        LOG.error("Closing the log of {} failed", each.getKey(), failed);
                    }
                }
            }
        }
        entries.clear();
        onDisk.syncRegistry();
    }
}
