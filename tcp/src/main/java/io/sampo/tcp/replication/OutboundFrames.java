package io.sampo.tcp.replication;

import io.sampo.core.partition.ReplicaEnvelope;
import io.sampo.core.partition.ReplicaEnvelopeCodec;
import io.sampo.tcp.connection.BufferPool;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What waits to be written to one node, already as it goes over the wire: frames (4-byte length) of envelopes
/// (each
/// with its own 4-byte length), side by side in pooled buffers. Whatever comes while the socket is busy is
/// gathered, so
/// that thousands of partitions cost a few writes.
///
/// Envelopes are copied into the buffers once: their batches' memory is free again at once, and the socket gets few
/// large direct buffers.
///
/// Thread rule: any thread; one writer takes.
final class OutboundFrames {
    static final int CHUNK_BYTES = 64 * 1024;

    enum Added {
        /// It waits; the writer knows.
        WAITS,
        /// It waits, and the writer is to be told.
        WAKE_WRITER,
        NO_ROOM,
        CLOSED,
        /// It is larger than a frame may be.
        TOO_LARGE
    }

    private final BufferPool pool;
    private final ReplicationSocketSettings settings;
    private final ReplicationCounters counters;
    private final ArrayDeque<Chunk> chunks = new ArrayDeque<>();
    private final ArrayDeque<Runnable> resumes = new ArrayDeque<>();

    /// With what is being written.
    private long waitingBytes;

    private List<Chunk> beingWritten = List.of();
    private boolean writerWaits;
    private boolean closed;

    OutboundFrames(BufferPool pool, ReplicationSocketSettings settings, ReplicationCounters counters) {
        this.pool = pool;
        this.settings = settings;
        this.counters = counters;
    }

    Added add(ReplicaEnvelope envelope) {
        List<ByteBuffer> encoded = ReplicaEnvelopeCodec.encode(envelope);
        int bytes = ReplicaEnvelopeCodec.sizeInBytes(encoded);
        if (bytes > settings.maxFrameBytes() - Integer.BYTES) {
            return Added.TOO_LARGE;
        }
        synchronized (this) {
            if (closed) {
                return Added.CLOSED;
            }
            if (waitingBytes > 0 && waitingBytes + bytes > settings.maxWaitingBytes()) {
                return Added.NO_ROOM;
            }
            Chunk chunk = chunks.peekLast();
            if (chunk == null || !chunk.hasRoom(bytes, settings.maxFrameBytes())) {
                chunk = new Chunk(pool.acquire(Math.max(CHUNK_BYTES, bytes + 2 * Integer.BYTES)));
                chunks.addLast(chunk);
            }
            waitingBytes += chunk.add(encoded, bytes);
            counters.messagesSent.increment();
            if (writerWaits) {
                writerWaits = false;
                return Added.WAKE_WRITER;
            }
            return Added.WAITS;
        }
    }

    /// What is to be written next, up to the bound of a write. Null when nothing waits: then the next one to add is
    /// told to wake the writer. What was taken is given back by [#written].
    synchronized ByteBuffer @Nullable [] take() {
        if (closed || chunks.isEmpty()) {
            writerWaits = true;
            return null;
        }
        List<Chunk> taken = new ArrayList<>();
        long bytes = 0;
        do {
            Chunk chunk = chunks.removeFirst();
            taken.add(chunk);
            bytes += chunk.seal();
        } while (!chunks.isEmpty() && bytes < settings.gatherBytes());
        beingWritten = taken;
        counters.writes.increment();
        counters.bytesSent.add(bytes);
        return taken.stream().map(Chunk::bytes).toArray(ByteBuffer[]::new);
    }

    /// All that was taken is in the socket.
    synchronized void written() {
        for (Chunk chunk : beingWritten) {
            waitingBytes -= chunk.size;
            pool.release(chunk.buffer);
        }
        beingWritten = List.of();
    }

    synchronized boolean hasRoom() {
        return closed || waitingBytes < settings.roomBytes();
    }

    synchronized long waitingBytes() {
        return waitingBytes;
    }

    /// @return false when there is room, or the end, already: the caller goes on by itself
    synchronized boolean park(Runnable resume) {
        if (closed || (waitingBytes < settings.roomBytes() && resumes.isEmpty())) {
            return false;
        }
        resumes.addLast(resume);
        return true;
    }

    /// One that waited for room, when there is some. One at a time, as each may fill it again.
    synchronized @Nullable Runnable unpark() {
        return hasRoom() ? resumes.pollFirst() : null;
    }

    synchronized boolean mayUnpark() {
        return hasRoom() && !resumes.isEmpty();
    }

    /// The socket is closed: nothing is written any more.
    ///
    /// @return who waited for room
    synchronized List<Runnable> close() {
        closed = true;
        written();
        for (Chunk chunk : chunks) {
            pool.release(chunk.buffer);
            counters.droppedUnconnected.add(chunk.messages);
        }
        chunks.clear();
        waitingBytes = 0;
        List<Runnable> waited = List.copyOf(resumes);
        resumes.clear();
        return waited;
    }

    /// One frame.
    private static final class Chunk {
        private final BufferPool.Buffer buffer;
        private int size;
        private int messages;

        Chunk(BufferPool.Buffer buffer) {
            this.buffer = buffer;
            bytes().putInt(0);
        }

        ByteBuffer bytes() {
            return buffer.bytes();
        }

        boolean hasRoom(int envelopeBytes, int maxFrameBytes) {
            return bytes().remaining() >= envelopeBytes + Integer.BYTES
                    && (long) bytes().position() + envelopeBytes <= maxFrameBytes;
        }

        /// @return by how much it grew
        int add(List<ByteBuffer> encoded, int envelopeBytes) {
            bytes().putInt(envelopeBytes);
            for (ByteBuffer part : encoded) {
                bytes().put(part);
            }
            messages++;
            int before = size;
            size = bytes().position();
            return size - before;
        }

        /// @return bytes on the wire
        int seal() {
            bytes().putInt(0, size - Integer.BYTES);
            bytes().flip();
            return size;
        }
    }
}
