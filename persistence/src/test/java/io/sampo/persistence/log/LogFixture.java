package io.sampo.persistence.log;

import io.sampo.core.partition.BatchHeader;
import io.sampo.core.partition.EpochStart;
import io.sampo.core.partition.Invariant;
import io.sampo.core.partition.LogSettings;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.PartitionLog.Slice;
import io.sampo.core.partition.ReplicaEvent;
import io.sampo.core.partition.ReplicaEvent.BatchAppended;
import io.sampo.core.partition.ReplicaEvent.Checkpoint;
import io.sampo.core.partition.ReplicaEvent.TruncateIntent;
import io.sampo.core.partition.VoterSet;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.SimpleRecord;

/// One partition in a data directory of its own, with the words that the tests use.
final class LogFixture implements AutoCloseable {
    static final String TOPIC = "orders";
    static final PartitionId ID = new PartitionId(new Uuid(7, 8), 3);
    static final String BOOT = "this-boot";

    /// Small, so that a test reaches rolls and index entries with few records.
    static final LogSettings SMALL = settings(1 << 20, 256);

    final Path path;
    final LogSettings settings;
    final FileOps files;
    final String bootId;
    DataDirectory directory;
    FilePartitionLogs logs;
    FilePartitionLog log;

    LogFixture(Path path, LogSettings settings) {
        this(path, settings, FileOps.SYSTEM, BOOT);
    }

    LogFixture(Path path, LogSettings settings, FileOps files, String bootId) {
        this.path = path;
        this.settings = settings;
        this.files = files;
        this.bootId = bootId;
        this.directory = DataDirectory.open(path, 1, files);
        this.logs = newLogs();
        this.log = logs.open(ID);
    }

    private FilePartitionLogs newLogs() {
        FilePartitionLogs fresh =
                new FilePartitionLogs(directory, LogStoreSettings.DEFAULTS, InstantSource.system(), bootId);
        fresh.register(ID, TOPIC, settings);
        return fresh;
    }

    static LogSettings settings(int segmentBytes, int indexIntervalBytes) {
        LogSettings defaults = LogSettings.DEFAULTS;
        return new LogSettings(
                segmentBytes,
                defaults.segmentMs(),
                0,
                defaults.segmentIndexBytes(),
                indexIntervalBytes,
                -1,
                -1,
                true,
                false,
                0.5,
                0,
                Long.MAX_VALUE,
                0,
                50,
                1,
                Long.MAX_VALUE,
                1 << 20);
    }

    Path partition() {
        return path.resolve(TOPIC + "-" + ID.partition());
    }

    /// As after a kill: nothing is flushed or closed in an orderly way by the old objects, files stay as they are.
    void reopenAfterKill() {
        directory.close();
        directory = DataDirectory.open(path, 1, files);
        logs = newLogs();
        log = logs.open(ID);
    }

    void reopenAfterClose() {
        logs.close();
        reopenAfterKill();
    }

    @Override
    public void close() {
        logs.close();
        directory.close();
    }

    static BatchAppended batch(long baseOffset, int leaderEpoch, SimpleRecord... records) {
        MemoryRecords bytes = MemoryRecords.withRecords(baseOffset, Compression.NONE, leaderEpoch, records);
        return new BatchAppended(BatchHeader.of(bytes.batches().iterator().next()), bytes);
    }

    static SimpleRecord record(long timestampMs, String value) {
        return new SimpleRecord(timestampMs, value.getBytes(StandardCharsets.UTF_8));
    }

    Appended append(ReplicaEvent... events) {
        return log.append(log.highestSequenceNr() + 1, List.of(events));
    }

    /// As a replica does it: the intent is written, then another life begins with the shorter log.
    void truncate(long toOffset, int keepMarkersUpToEpoch) {
        append(new TruncateIntent(toOffset, keepMarkersUpToEpoch, keepMarkersUpToEpoch + 1));
        log.syncMeta();
        logs.truncate(ID);
        log = logs.open(ID);
    }

    /// One batch with one record per value, timestamp = offset.
    void appendValues(String... values) {
        long base = log.logEndOffset();
        SimpleRecord[] records = new SimpleRecord[values.length];
        for (int i = 0; i < values.length; i++) {
            records[i] = record(base + i, values[i]);
        }
        append(batch(base, 0, records));
    }

    void appendBatches(int count, int recordsEach) {
        for (int i = 0; i < count; i++) {
            String[] values = new String[recordsEach];
            for (int j = 0; j < recordsEach; j++) {
                values[j] = "value-" + (log.logEndOffset() + j);
            }
            appendValues(values);
        }
    }

    Checkpoint checkpoint(long logEndOffset, List<EpochStart> epochStarts) {
        return new Checkpoint(
                TOPIC,
                ID,
                directory.self(),
                VoterSet.single(directory.self()),
                1,
                bootId,
                0,
                log.logStartOffset(),
                logEndOffset,
                logEndOffset,
                false,
                epochStarts,
                List.of());
    }

    /// The same checkpoint of a replica that knows less to be committed.
    static Checkpoint uncommitted(Checkpoint of, long highWatermark) {
        return new Checkpoint(
                of.topic(),
                of.partition(),
                of.self(),
                of.config(),
                of.incarnation(),
                of.bootId(),
                of.promisedEpoch(),
                of.logStartOffset(),
                of.logEndOffset(),
                highWatermark,
                of.suspect(),
                of.epochStarts(),
                of.producers());
    }

    void writeCheckpoint() {
        log.writeCheckpoint(
                new StoredCheckpoint(log.highestSequenceNr(), 1000, checkpoint(log.logEndOffset(), log.epochStarts())));
    }

    /// Offset and value of every record in [from, upper), read by slices of at most `maxBytes`.
    List<String> read(long from, long upper, int maxBytes) throws IOException {
        List<String> values = new ArrayList<>();
        long next = from;
        while (next < upper) {
            Slice slice = log.read(next, upper, maxBytes, true);
            if (!(slice.records() instanceof FileSlice file)) {
                return values;
            }
            for (MutableRecordBatch batch : file.load().batches()) {
                batch.ensureValid();
                for (Record record : batch) {
                    if (record.offset() >= from && record.offset() < upper) {
                        values.add(record.offset() + ":"
                                + StandardCharsets.UTF_8.decode(record.value()).toString());
                    }
                }
                next = batch.nextOffset();
            }
        }
        return values;
    }

    List<String> readAll() throws IOException {
        return read(log.logStartOffset(), log.logEndOffset(), 64 * 1024);
    }

    /// What a check of all closed segments finds.
    List<DamagedRange> checkClosedSegments() {
        List<DamagedRange> found = new ArrayList<>();
        for (long base = log.closedSegmentFrom(0); base >= 0; base = log.closedSegmentFrom(base + 1)) {
            found.addAll(Invariant.present(log.check(base, _ -> true), "segment"));
        }
        return found;
    }

    /// `number:what` of all events after `from`.
    List<String> events(long from) {
        List<String> events = new ArrayList<>();
        log.replay(
                from,
                Long.MAX_VALUE,
                Long.MAX_VALUE,
                (sequenceNr, event) -> events.add(sequenceNr + ":"
                        + (event instanceof BatchAppended batch
                                ? "batch " + batch.header().baseOffset() + "-"
                                        + batch.header().lastOffset()
                                : event.toString())));
        return events;
    }

    Path file(String suffix) throws IOException {
        try (var entries = Files.list(partition())) {
            return entries.filter(entry -> entry.toString().endsWith(suffix))
                    .sorted()
                    .findFirst()
                    .orElseThrow();
        }
    }

    static void flip(Path file, long bit) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[(int) (bit / 8)] ^= (byte) (1 << (bit % 8));
        Files.write(file, bytes);
    }
}
