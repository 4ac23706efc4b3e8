package io.sampo.persistence;

import io.sampo.core.partition.LogSettings;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.ReplicaEvent;
import io.sampo.persistence.log.DataDirectory;
import io.sampo.persistence.log.FileOps;
import io.sampo.persistence.log.FilePartitionLog;
import io.sampo.persistence.log.FilePartitionLogs;
import io.sampo.persistence.log.LogStoreSettings;
import io.sampo.persistence.log.StoredCheckpoint;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.jspecify.annotations.Nullable;

/// One partition's log, without Pekko, for the tests of retention and compaction.
public final class TestLog implements AutoCloseable {
    public static final PartitionId ID = TestEvents.partition(0);

    public final FilePartitionLogs logs;
    public final FilePartitionLog log;
    private final DataDirectory directory;

    public TestLog(Path path, LogSettings settings) {
        this(path, settings, FileOps.SYSTEM);
    }

    public TestLog(Path path, LogSettings settings, FileOps files) {
        directory = DataDirectory.open(path, 1, files);
        logs = new FilePartitionLogs(directory, LogStoreSettings.DEFAULTS);
        logs.register(ID, TestEvents.TOPIC, settings);
        log = logs.open(ID);
        if (log.highestSequenceNr() == 0) {
            append(TestEvents.opening(ID));
        }
    }

    public void append(List<? extends ReplicaEvent> events) {
        log.append(log.highestSequenceNr() + 1, events);
    }

    /// Stores a checkpoint of everything.
    public void checkpoint() {
        log.writeCheckpoint(new StoredCheckpoint(
                log.highestSequenceNr(),
                TestEvents.T0_MS,
                TestEvents.checkpoint(ID, log.logStartOffset(), log.logEndOffset())));
    }

    public List<Kept> records() {
        List<Kept> kept = new ArrayList<>();
        log.forEachBatch(log.logStartOffset(), log.logEndOffset(), batch -> {
            batch.ensureValid();
            for (Record record : batch) {
                kept.add(new Kept(
                        record.offset(),
                        text(record.hasKey() ? record.key() : null),
                        text(record.hasValue() ? record.value() : null)));
            }
        });
        return kept;
    }

    public List<RecordBatch> batches() {
        List<RecordBatch> batches = new ArrayList<>();
        log.forEachBatch(log.logStartOffset(), log.logEndOffset(), batches::add);
        return batches;
    }

    private static @Nullable String text(java.nio.@Nullable ByteBuffer bytes) {
        return bytes == null ? null : StandardCharsets.UTF_8.decode(bytes).toString();
    }

    /// @param value null: a tombstone
    public record Kept(
            long offset, @Nullable String key, @Nullable String value) {}

    @Override
    public void close() {
        logs.close();
        directory.close();
    }
}
