package io.sampo.actors.partition;

import io.sampo.core.partition.EpochStart;
import io.sampo.core.partition.LogSettings;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.PartitionLog;
import io.sampo.core.partition.PartitionLogs;
import io.sampo.core.partition.ReplicaEvent;
import io.sampo.core.partition.ReplicaFiles;
import io.sampo.core.partition.ReplicaId;
import io.sampo.core.partition.ReplicaPersistence;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.pekko.persistence.SelectedSnapshot;
import org.apache.pekko.persistence.SnapshotMetadata;

/// The read side of [MemoryJournal].
public final class MemoryLogs implements PartitionLogs, ReplicaFiles {
    final ReplicaId self = new ReplicaId(1, Uuid.randomUuid());
    final Map<PartitionId, LogSettings> settings = new ConcurrentHashMap<>();
    final Map<PartitionId, String> topics = new ConcurrentHashMap<>();
    final Set<PartitionId> deleted = ConcurrentHashMap.newKeySet();

    public int deletedCount() {
        return deleted.size();
    }

    /// True when the last event of the partition's history is a clean close.
    public boolean isClosedCleanly(PartitionId id) {
        List<ReplicaEvent> events = List.copyOf(MemoryJournal.events(id));
        return !events.isEmpty() && events.getLast() instanceof ReplicaEvent.CleanClose;
    }

    @Override
    public void register(PartitionId id, String topic, LogSettings logSettings) {
        topics.put(id, topic);
        settings.put(id, logSettings);
    }

    @Override
    public Optional<PartitionLog> find(PartitionId id) {
        return topics.containsKey(id) ? Optional.of(new MemoryLog(id)) : Optional.empty();
    }

    @Override
    public void truncate(PartitionId id) {
        List<ReplicaEvent> events = MemoryJournal.events(id);
        ReplicaEvent.TruncateIntent intent = null;
        for (ReplicaEvent event : List.copyOf(events)) {
            intent = event instanceof ReplicaEvent.TruncateIntent newer ? newer : intent;
        }
        long end = Objects.requireNonNull(intent).toOffset();
        events.removeIf(event -> event instanceof ReplicaEvent.BatchAppended batch
                && batch.header().nextOffset() > end);
    }

    @Override
    public void reset(PartitionId id, ReplicaEvent.Checkpoint checkpoint) {
        MemoryJournal.events(id).clear();
        MemoryJournal.CHECKPOINTS.put(
                id,
                SelectedSnapshot.create(new SnapshotMetadata(ReplicaPersistence.persistenceId(id), 0, 0), checkpoint));
    }

    @Override
    public void cutDamage(PartitionId id, long fromOffset) {
        throw new UnsupportedOperationException("nothing here is ever damaged");
    }

    @Override
    public Optional<String> damage(PartitionId id) {
        return Optional.empty();
    }

    @Override
    public Optional<String> offlineReason(PartitionId id) {
        return Optional.empty();
    }

    @Override
    public void delete(PartitionId id) {
        deleted.add(id);
        topics.remove(id);
    }

    @Override
    public List<PartitionId> onDisk() {
        return List.copyOf(topics.keySet());
    }

    @Override
    public ReplicaId self() {
        return self;
    }

    @Override
    public String directory() {
        return "memory";
    }

    @Override
    public DiskSpace diskSpace() {
        return new DiskSpace(1, 1);
    }

    private final class MemoryLog implements PartitionLog {
        private final PartitionId id;

        MemoryLog(PartitionId id) {
            this.id = id;
        }

        @Override
        public PartitionId id() {
            return id;
        }

        @Override
        public String topic() {
            return topics.getOrDefault(id, "");
        }

        @Override
        public long logStartOffset() {
            return 0;
        }

        @Override
        public long logEndOffset() {
            long end = 0;
            for (ReplicaEvent event : List.copyOf(MemoryJournal.events(id))) {
                if (event instanceof ReplicaEvent.BatchAppended appended) {
                    end = appended.header().nextOffset();
                }
            }
            return end;
        }

        @Override
        public long durableEndOffset() {
            return logEndOffset();
        }

        @Override
        public long sizeInBytes() {
            return 0;
        }

        @Override
        public Slice read(long startOffset, long upperOffset, int maxBytes, boolean atLeastOneBatch) {
            return new Slice(MemoryRecords.EMPTY, startOffset);
        }

        @Override
        public Optional<TimestampedOffset> offsetForTimestamp(long timestampMs, long upperOffset) {
            return Optional.empty();
        }

        @Override
        public Optional<TimestampedOffset> maxTimestamp(long upperOffset) {
            return Optional.empty();
        }

        @Override
        public void forEachBatch(long startOffset, long upperOffset, BatchVisitor visitor) {
            for (ReplicaEvent event : List.copyOf(MemoryJournal.events(id))) {
                if (event instanceof ReplicaEvent.BatchAppended appended
                        && appended.header().nextOffset() > startOffset
                        && appended.header().baseOffset() < upperOffset) {
                    Objects.requireNonNull(appended.bytes()).batches().forEach(visitor::visit);
                }
            }
        }

        @Override
        public List<EpochStart> epochStarts() {
            return List.of();
        }

        @Override
        public void updateSettings(LogSettings logSettings) {
            settings.put(id, logSettings);
        }
    }
}
