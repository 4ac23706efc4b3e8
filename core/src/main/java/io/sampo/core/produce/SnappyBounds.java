package io.sampo.core.produce;

import java.nio.ByteBuffer;

/// Reads the lengths in a snappy payload before snappy-java does: its stream trusts them and allocates what they
/// say, half a GiB for four bytes.
///
/// Two shapes exist: the framing of snappy-java (a 16-byte header, then chunks with their length), and one bare
/// block, as librdkafka sends it.
final class SnappyBounds {
    private static final long STREAM_MAGIC = 0x82534e4150505900L;
    private static final int STREAM_HEADER_BYTES = 16;
    /// A header in the place of a chunk length: streams that were written one after the other.
    private static final int STREAM_MAGIC_HEAD = (int) (STREAM_MAGIC >>> 32);

    static final long MALFORMED = -1;

    private SnappyBounds() {}

    /// Bytes that the payload says it holds, or [#MALFORMED] when its lengths do not fit into it.
    static long declaredBytes(ByteBuffer payload) {
        int position = payload.position();
        int limit = payload.limit();
        if (limit - position < STREAM_HEADER_BYTES || payload.getLong(position) != STREAM_MAGIC) {
            return blockBytes(payload, position, limit);
        }
        position += STREAM_HEADER_BYTES;
        long total = 0;
        while (position < limit) {
            if (limit - position < Integer.BYTES) {
                return MALFORMED;
            }
            int chunkBytes = payload.getInt(position);
            if (chunkBytes == STREAM_MAGIC_HEAD && limit - position >= STREAM_HEADER_BYTES) {
                position += STREAM_HEADER_BYTES;
                continue;
            }
            position += Integer.BYTES;
            if (chunkBytes < 0 || chunkBytes > limit - position) {
                return MALFORMED;
            }
            long bytes = blockBytes(payload, position, position + chunkBytes);
            if (bytes == MALFORMED) {
                return MALFORMED;
            }
            total += bytes;
            position += chunkBytes;
        }
        return total;
    }

    /// A block begins with its uncompressed length, a varint of 32 bits.
    private static long blockBytes(ByteBuffer payload, int from, int to) {
        long length = 0;
        for (int i = 0; i < 5 && from + i < to; i++) {
            byte next = payload.get(from + i);
            length |= (long) (next & 0x7f) << (7 * i);
            if (next >= 0) {
                return length <= Integer.MAX_VALUE ? length : MALFORMED;
            }
        }
        return MALFORMED;
    }
}
