package io.sampo.persistence.log;

import io.sampo.core.partition.ReplicaEvent;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// One record of the meta journal.
///
/// On disk: int length, int CRC-32C (of the length and the body), then the body: byte version (1), byte kind,
/// long metaNr, long sequenceNr, long logEndOffset, the event's bytes ([ReplicaEventCodec]).
///
/// @param metaNr counts the journal's records without gaps, so that a lost one is noticed
/// @param sequenceNr Pekko's number of the event; 0 for the journal's own records
/// @param logEndOffset end of the log when it was written: what places the event among the batches
/// @param event null for the journal's own records, which no replica sees: [#TRUNCATION_FINISHED], [#GAPS]
/// @param kind of the event or of the journal's own record
record MetaRecord(
        long metaNr,
        long sequenceNr,
        long logEndOffset,
        @Nullable ReplicaEvent event,
        byte kind) {
    /// The log was cut as the last `TruncateIntent` says.
    static final byte TRUNCATION_FINISHED = 100;

    /// From `logEndOffset` on offsets may be missing between batches: they come from a leader that compacted them.
    static final byte GAPS = 101;

    static final int PREFIX_BYTES = 8;
    static final int MIN_BODY_BYTES = 26;
    private static final byte VERSION = 1;

    static MetaRecord of(long metaNr, long sequenceNr, long logEndOffset, ReplicaEvent event) {
        return new MetaRecord(metaNr, sequenceNr, logEndOffset, event, ReplicaEventCodec.kindOf(event));
    }

    static MetaRecord note(long metaNr, long logEndOffset, byte kind) {
        return new MetaRecord(metaNr, 0, logEndOffset, null, kind);
    }

    private static boolean isNote(byte kind) {
        return kind == TRUNCATION_FINISHED || kind == GAPS;
    }

    ByteBuffer encode() {
        ByteBuffer payload = event == null ? ByteBuffer.allocate(0) : ReplicaEventCodec.encode(event);
        int length = MIN_BODY_BYTES + payload.remaining();
        ByteBuffer record = ByteBuffer.allocate(PREFIX_BYTES + length);
        record.putInt(length).putInt(0);
        record.put(VERSION).put(kind);
        record.putLong(metaNr).putLong(sequenceNr).putLong(logEndOffset).put(payload);
        record.putInt(4, checksum(record, 0, length));
        return record.flip();
    }

    /// Whether the bytes at `at` are a whole record with a right checksum.
    static boolean isIntact(ByteBuffer file, int at) {
        int left = file.limit() - at - PREFIX_BYTES;
        if (left < MIN_BODY_BYTES) {
            return false;
        }
        int length = file.getInt(at);
        return length >= MIN_BODY_BYTES
                && length <= left
                && file.get(at + PREFIX_BYTES) == VERSION
                && file.getInt(at + 4) == checksum(file, at, length);
    }

    /// The bytes were found intact before.
    static MetaRecord decode(ByteBuffer file, int at) {
        int body = at + PREFIX_BYTES;
        byte kind = file.get(body + 1);
        ByteBuffer payload = file.slice(body + MIN_BODY_BYTES, file.getInt(at) - MIN_BODY_BYTES);
        return new MetaRecord(
                file.getLong(body + 2),
                file.getLong(body + 10),
                file.getLong(body + 18),
                isNote(kind) ? null : ReplicaEventCodec.decode(kind, payload),
                kind);
    }

    static int sizeInBytes(ByteBuffer file, int at) {
        return PREFIX_BYTES + file.getInt(at);
    }

    /// Whether the rest of the file is one record of which only the length was changed.
    static boolean isIntactButForLength(ByteBuffer file, int at) {
        int length = file.limit() - at - PREFIX_BYTES;
        return length >= MIN_BODY_BYTES && file.getInt(at + 4) == checksum(file, at, length);
    }

    private static int checksum(ByteBuffer file, int at, int length) {
        CRC32C checksum = new CRC32C();
        checksum.update(ByteBuffer.allocate(4).putInt(length).flip());
        checksum.update(file.slice(at + PREFIX_BYTES, length));
        return (int) checksum.getValue();
    }
}
