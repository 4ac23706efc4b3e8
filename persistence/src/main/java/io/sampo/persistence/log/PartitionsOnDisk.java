package io.sampo.persistence.log;

import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.PartitionLogException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The partition directories of one data directory: which there are, which should be and are not, whose each is.
///
/// Thread rule: any thread.
final class PartitionsOnDisk {
    private static final Logger LOG = LoggerFactory.getLogger(PartitionsOnDisk.class);

    /// How long the registry's records may wait for their sync, so that one serves many.
    private static final long REGISTRY_SYNC_DELAY_MS = 100;

    private final DataDirectory dataDirectory;
    private final ScheduledExecutorService background;
    private final StrayDirectories strays;
    private final PartitionRegistry registry;
    private final ConcurrentHashMap<PartitionId, Path> found = new ConcurrentHashMap<>();
    private final AtomicBoolean syncScheduled = new AtomicBoolean();

    /// Looks around, and removes in the background what was renamed for it.
    PartitionsOnDisk(DataDirectory dataDirectory, ScheduledExecutorService background, StrayDirectories strays) {
        this.strays = strays;
        this.dataDirectory = dataDirectory;
        this.background = background;
        try {
            for (Path partition : dataDirectory.partitionDirectories()) {
                idOf(partition).ifPresent(id -> found.put(id, partition));
            }
            for (Path deleted : dataDirectory.deletedDirectories()) {
                background.execute(() -> Deletion.directoryQuietly(deleted));
            }
            dataDirectory.strayDirectories().forEach(strays::found);
            registry = PartitionRegistry.open(dataDirectory.path(), dataDirectory.files(), found.keySet());
        } catch (IOException failed) {
            throw new DataDirectoryException(
                    "The data directory " + dataDirectory.path() + " cannot be read: " + DataDirectory.describe(failed),
                    failed);
        }
    }

    private static Optional<PartitionId> idOf(Path directory) {
        try {
            Optional<PartitionDirectory.TopicAndIndex> name =
                    PartitionDirectory.parse(String.valueOf(directory.getFileName()));
            Optional<Uuid> topicId = PartitionDirectory.readTopicId(directory);
            return name.flatMap(parsed -> topicId.map(topic -> new PartitionId(topic, parsed.partition())));
        } catch (IOException damaged) {
            LOG.error("{}", DataDirectory.describe(damaged));
            return Optional.empty();
        }
    }

    List<PartitionId> ids() {
        return found.keySet().stream().sorted().toList();
    }

    /// Created here once, and the directory is not there. As of the start, or of the last [#locate].
    boolean isMissing(PartitionId id) {
        return registry.contains(id) && !found.containsKey(id);
    }

    /// @param named whether the directory says whose it is
    /// @param parent syncs the directory's entry, and then enters the partition in the registry
    record Place(Path path, boolean named, SegmentSync.EntrySync parent) {}

    /// The partition's directory; a new one for a new partition.
    ///
    /// @throws IOException also when the partition was created here before and its directory vanished
    Place locate(PartitionId id, String topic) throws IOException {
        Path path = dataDirectory.path().resolve(PartitionDirectory.name(topic, id.partition()));
        boolean named = Files.isDirectory(path) && belongsTo(path, id);
        boolean exists = Files.isDirectory(path);
        boolean known = registry.contains(id);
        if (!exists) {
            if (known) {
                throw new IOException(path + " vanished while the node was down. Restore the directory and restart the"
                        + " node; or delete the topic, if its data is not needed");
            }
            Files.createDirectory(path);
        }
        long ticket = known ? 0 : dataDirectory.entryChanged();
        return new Place(path, named, () -> {
            dataDirectory.syncEntries(ticket);
            if (registry.created(id)) {
                syncRegistryLater();
            }
        });
    }

    /// A directory of the same name that is another topic's is a stray: it is renamed and kept. Only a sound
    /// `partition.metadata` can say so.
    ///
    /// @return false when the directory does not say whose it is
    private boolean belongsTo(Path directory, PartitionId id) throws IOException {
        Optional<Uuid> topicId = PartitionDirectory.readTopicId(directory);
        if (topicId.isPresent() && !topicId.get().equals(id.topicId())) {
            setAside(directory, "it belongs to a topic with id " + topicId.get());
            found.remove(new PartitionId(topicId.get(), id.partition()));
            return false;
        }
        return topicId.isPresent();
    }

    private void setAside(Path directory, String reason) throws IOException {
        Path stray = directory.resolveSibling(PartitionDirectory.retiredName(
                String.valueOf(directory.getFileName()), PartitionDirectory.STRAY_SUFFIX));
        Files.move(directory, stray, StandardCopyOption.ATOMIC_MOVE);
        LOG.warn("{} is a stray, {}: it is kept as {}", directory, reason, stray);
        strays.found(stray);
    }

    /// The log in the directory was opened.
    void opened(PartitionId id, Place place) throws IOException {
        if (!place.named) {
            PartitionDirectory.writeTopicId(place.path, id);
        }
        found.put(id, place.path);
    }

    /// Renames the directory for its removal.
    ///
    /// @return its new name; null when there is none
    @Nullable
    Path retire(PartitionId id) {
        forget(id);
        Path directory = found.remove(id);
        if (directory == null || Files.notExists(directory)) {
            return null;
        }
        Path deleted = directory.resolveSibling(PartitionDirectory.retiredName(
                String.valueOf(directory.getFileName()), PartitionDirectory.DELETE_SUFFIX));
        try {
            Files.move(directory, deleted, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException failed) {
            throw new PartitionLogException(
                    "Renaming " + directory + " for its removal failed: " + DataDirectory.describe(failed), failed);
        }
        return deleted;
    }

    private void forget(PartitionId id) {
        try {
            if (registry.removed(id)) {
                syncRegistryLater();
            }
        } catch (IOException failed) {
            // The partition is gone from the metadata: nobody asks the registry for it.
            LOG.warn("The removal of {} was not entered in {}: {}", id, PartitionRegistry.FILE, failed.toString());
        }
    }

    /// Sets aside the directories of partitions that are not among `assigned`, and forgets those that have none.
    void setAsideStrays(Set<PartitionId> assigned) {
        for (PartitionId id : ids()) {
            Path directory = found.get(id);
            if (directory == null || assigned.contains(id)) {
                continue;
            }
            forget(id);
            found.remove(id);
            try {
                setAside(directory, "the cluster's metadata knows no topic with its id, or does not place it here");
            } catch (IOException failed) {
                LOG.error("{} is a stray and cannot be renamed: {}", directory, DataDirectory.describe(failed));
            }
        }
        registry.partitions().stream().filter(id -> !assigned.contains(id)).forEach(this::forget);
    }

    private void syncRegistryLater() {
        if (syncScheduled.compareAndSet(false, true)) {
            try {
                var _ = background.schedule(this::syncRegistry, REGISTRY_SYNC_DELAY_MS, TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException closing) {
                syncScheduled.set(false); // the registry is synced at the end of it
            }
        }
    }

    /// Puts the registry on disk.
    void syncRegistry() {
        syncScheduled.set(false);
        try {
            registry.sync();
        } catch (IOException failed) {
            LOG.error("{} cannot be synced: {}", PartitionRegistry.FILE, DataDirectory.describe(failed));
        }
    }
}
