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
/// @param event null for the journal's own record [#TRUNCATION_FINISHED]
record MetaRecord(
        long metaNr,
        long sequenceNr,
        long logEndOffset,
        @Nullable ReplicaEvent event) {
    /// The log was cut as the last `TruncateIntent` says. Not an event: the replica never sees it.
    static final byte TRUNCATION_FINISHED = 100;

    static final int PREFIX_BYTES = 8;
    static final int MIN_BODY_BYTES = 26;
    private static final byte VERSION = 1;

    ByteBuffer encode() {
        ByteBuffer payload = event == null ? ByteBuffer.allocate(0) : ReplicaEventCodec.encode(event);
        int length = MIN_BODY_BYTES + payload.remaining();
        ByteBuffer record = ByteBuffer.allocate(PREFIX_BYTES + length);
        record.putInt(length).putInt(0);
        record.put(VERSION).put(event == null ? TRUNCATION_FINISHED : ReplicaEventCodec.kindOf(event));
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
                kind == TRUNCATION_FINISHED ? null : ReplicaEventCodec.decode(kind, payload));
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
