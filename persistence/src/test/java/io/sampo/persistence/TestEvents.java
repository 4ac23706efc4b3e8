package io.sampo.persistence;

import io.sampo.core.partition.BatchHeader;
import io.sampo.core.partition.EpochStart;
import io.sampo.core.partition.LogSettings;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.ReplicaEvent;
import io.sampo.core.partition.ReplicaEvent.BatchAppended;
import io.sampo.core.partition.ReplicaEvent.Checkpoint;
import io.sampo.core.partition.ReplicaId;
import io.sampo.core.partition.VoterSet;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.common.utils.internals.ByteBufferOutputStream;
import org.apache.kafka.common.utils.internals.Crc32C;

/// Events and settings that the tests of this module write.
public final class TestEvents {
    public static final String TOPIC = "events";
    public static final ReplicaId SELF = new ReplicaId(1, new Uuid(1, 1));
    public static final int EPOCH = 1;
    public static final long T0_MS = 1_700_000_000_000L;

    private TestEvents() {}

    public static PartitionId partition(int index) {
        return new PartitionId(new Uuid(42, 42), index);
    }

    /// What every replica writes first: its creation, a promise, the marker of its first epoch.
    public static List<ReplicaEvent> opening(PartitionId id) {
        return List.of(
                new ReplicaEvent.ReplicaCreated(TOPIC, id, SELF, VoterSet.single(SELF)),
                new ReplicaEvent.EpochPromised(EPOCH, SELF),
                new ReplicaEvent.EpochStarted(EPOCH, 0, SELF, VoterSet.single(SELF)));
    }

    /// A batch of `count` records with keys and values that tell their offset.
    public static BatchAppended batch(long baseOffset, int count) {
        SimpleRecord[] records = new SimpleRecord[count];
        for (int i = 0; i < count; i++) {
            records[i] = new SimpleRecord(T0_MS + baseOffset + i, bytes("k" + (baseOffset + i)), bytes("v" + i));
        }
        return batch(baseOffset, records);
    }

    public static BatchAppended batch(long baseOffset, SimpleRecord... records) {
        return batch(MemoryRecords.withRecords(baseOffset, Compression.NONE, EPOCH, records));
    }

    public static BatchAppended batch(MemoryRecords bytes) {
        return new BatchAppended(BatchHeader.of(bytes.batches().iterator().next()), bytes);
    }

    /// Two records, of which the second says that it is nearly 2 GiB long; the checksum is right.
    public static MemoryRecords malformed(long baseOffset, Compression codec) throws IOException {
        ByteBuffer plain = MemoryRecords.withRecords(baseOffset, Compression.NONE, EPOCH, record("x"), record("y"))
                .buffer();
        int header = DefaultRecordBatch.RECORD_BATCH_OVERHEAD;
        int first = 1 + plain.get(header) / 2;
        byte[] hugeLength = {(byte) 0xfe, (byte) 0xff, (byte) 0xff, (byte) 0xff, 0x0f};
        ByteBufferOutputStream out = new ByteBufferOutputStream(1024);
        out.position(header);
        try (OutputStream records = codec.wrapForOutput(out, RecordBatch.MAGIC_VALUE_V2)) {
            records.write(Utils.toArray(plain.slice(header, first)));
            records.write(hugeLength);
            records.write(Utils.toArray(plain.slice(header + first + 1, plain.remaining() - header - first - 1)));
        }
        ByteBuffer lie = out.buffer().flip();
        lie.put(0, plain, 0, header);
        lie.putInt(8, lie.limit() - 12);
        int attributes = DefaultRecordBatch.CRC_OFFSET + 4;
        lie.putShort(attributes, (short) codec.type().id);
        lie.putInt(DefaultRecordBatch.CRC_OFFSET, (int) Crc32C.compute(lie, attributes, lie.limit() - attributes));
        return MemoryRecords.readableRecords(lie);
    }

    private static SimpleRecord record(String value) {
        return new SimpleRecord(T0_MS, bytes("a"), bytes(value));
    }

    /// As recovery gives it.
    public static ReplicaEvent headerOnly(ReplicaEvent event) {
        return event instanceof BatchAppended batch ? new BatchAppended(batch.header(), null) : event;
    }

    public static Checkpoint checkpoint(PartitionId id, long logStartOffset, long logEndOffset) {
        return new Checkpoint(
                TOPIC,
                id,
                SELF,
                VoterSet.single(SELF),
                1,
                "boot",
                EPOCH,
                logStartOffset,
                logEndOffset,
                logEndOffset,
                false,
                List.of(new EpochStart(EPOCH, 0)),
                List.of());
    }

    public static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /// Kafka's defaults with some changes; `null`-free builder for tests.
    public static final class Settings {
        private int segmentBytes = LogSettings.DEFAULTS.segmentBytes();
        private long retentionMs = LogSettings.DEFAULTS.retentionMs();
        private long retentionBytes = -1;
        private boolean delete = true;
        private boolean compact;
        private double dirtyRatio = 0.5;
        private long minLagMs;
        private long deleteRetentionMs = LogSettings.DEFAULTS.deleteRetentionMs();
        private long flushMessages = 1;
        private long flushMs = Long.MAX_VALUE;

        public Settings segmentBytes(int bytes) {
            segmentBytes = bytes;
            return this;
        }

        public Settings retention(long ms, long bytes) {
            retentionMs = ms;
            retentionBytes = bytes;
            return this;
        }

        public Settings compact(double minDirtyRatio, long tombstoneMs) {
            compact = true;
            delete = false;
            dirtyRatio = minDirtyRatio;
            deleteRetentionMs = tombstoneMs;
            return this;
        }

        public Settings minCompactionLagMs(long ms) {
            minLagMs = ms;
            return this;
        }

        public Settings pageCache() {
            flushMessages = Long.MAX_VALUE;
            return this;
        }

        public Settings flush(long messages, long ms) {
            flushMessages = messages;
            flushMs = ms;
            return this;
        }

        public LogSettings build() {
            LogSettings d = LogSettings.DEFAULTS;
            return new LogSettings(
                    segmentBytes,
                    d.segmentMs(),
                    0,
                    d.segmentIndexBytes(),
                    d.indexIntervalBytes(),
                    retentionMs,
                    retentionBytes,
                    delete,
                    compact,
                    dirtyRatio,
                    minLagMs,
                    d.maxCompactionLagMs(),
                    deleteRetentionMs,
                    d.fileDeleteDelayMs(),
                    flushMessages,
                    flushMs,
                    d.maxMessageBytes());
        }
    }
}
