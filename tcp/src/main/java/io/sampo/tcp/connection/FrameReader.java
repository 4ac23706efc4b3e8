package io.sampo.tcp.connection;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/// Assembles frames from a non-blocking source: a 4-byte length, then as many bytes.
///
/// Memory follows the bytes that arrive, never the length that was announced: a frame starts with a small buffer
/// and grows fourfold as it fills; only a connection that has sent a frame of some size before gets that size at
/// once (up to [BufferPool#trustedBytes]), and so reads straight into the target without a copy. Between frames a
/// connection holds no memory at all.
///
/// Thread rule: the connection's thread.
final class FrameReader {

    /// Room for a length and small frames, read with one system call.
    static final int READ_AHEAD_BYTES = 4096;

    static final int FIRST_CHUNK_BYTES = 16 * 1024;

    enum Result {
        /// [#take] gives a frame.
        FRAME,
        /// The source has no more bytes now.
        NEED_BYTES,
        /// The node's memory is used up; `memoryGranted` will be called.
        NEED_MEMORY,
        /// The peer closed its side, at the end of a frame or within one.
        END
    }

    private final BufferPool pool;
    private final MemoryBudget budget;
    private final IntSupplier maxFrameBytes;
    private final Runnable memoryGranted;

    private BufferPool.@Nullable Buffer readAhead;
    private @Nullable Frame frame;
    private MemoryBudget.@Nullable Waiter waiter;
    private int waitingForCapacity;
    private int trustedBytes = FIRST_CHUNK_BYTES;

    /// @param maxFrameBytes asked at the start of each frame, as it grows with authentication
    /// @param memoryGranted called on any thread after NEED_MEMORY
    FrameReader(BufferPool pool, MemoryBudget budget, IntSupplier maxFrameBytes, Runnable memoryGranted) {
        this.pool = pool;
        this.budget = budget;
        this.maxFrameBytes = maxFrameBytes;
        this.memoryGranted = memoryGranted;
    }

    /// Whether a frame, or its length, has arrived in part.
    boolean midFrame() {
        return frame != null || (readAhead != null && readAhead.bytes().position() > 0);
    }

    /// Whether bytes of further frames have been read already.
    boolean hasReadAhead() {
        return readAhead != null;
    }

    /// @throws InvalidFrameException for a negative or too large length
    Result poll(ByteSource source) throws IOException {
        while (true) {
            if (frame != null && waiter == null && frame.isFull()) {
                return Result.FRAME;
            }
            if (frame == null) {
                Result waiting = beginFrame(source);
                if (waiting != null) {
                    return waiting;
                }
            } else if (!ensureRoom(frame)) {
                return Result.NEED_MEMORY;
            } else if (!frame.isFull() && !fill(frame)) {
                int read = source.read(frame.filling());
                if (read < 0) {
                    return Result.END;
                }
                if (read == 0) {
                    return Result.NEED_BYTES;
                }
            }
        }
    }

    /// The frame, ready to be read; the caller owns its reference.
    Frame take() {
        Frame full = frame;
        if (full == null || !full.isFull()) {
            throw new IllegalStateException("no frame");
        }
        frame = null;
        full.filling().flip();
        trustedBytes = Math.max(trustedBytes, Math.min(full.sizeBytes(), pool.trustedBytes()));
        return full;
    }

    /// Gives back all memory.
    void close() {
        MemoryBudget.Waiter queued = waiter;
        if (queued != null) {
            waiter = null;
            budget.cancel(queued);
        }
        if (frame != null) {
            frame.release();
            frame = null;
        }
        dropReadAhead();
    }

    private @Nullable Result beginFrame(ByteSource source) throws IOException {
        if (readAhead == null) {
            readAhead = pool.acquire(READ_AHEAD_BYTES);
        }
        ByteBuffer ahead = readAhead.bytes();
        if (ahead.position() < Integer.BYTES) {
            int read = source.read(ahead);
            if (read <= 0) {
                if (ahead.position() == 0) {
                    dropReadAhead();
                }
                return read < 0 ? Result.END : Result.NEED_BYTES;
            }
            return null;
        }
        int sizeBytes = ahead.getInt(0);
        int max = maxFrameBytes.getAsInt();
        if (sizeBytes < 0 || sizeBytes > max) {
            throw new InvalidFrameException("frame of " + sizeBytes + " bytes, the limit is " + max);
        }
        ahead.flip().position(Integer.BYTES);
        ahead.compact();
        frame = new Frame(pool, budget, sizeBytes);
        return null;
    }

    /// Moves what was read ahead into the frame.
    ///
    /// @return false when there was nothing to move
    private boolean fill(Frame target) {
        if (readAhead == null) {
            return false;
        }
        ByteBuffer ahead = readAhead.bytes().flip();
        ByteBuffer room = target.filling();
        int count = Math.min(ahead.remaining(), room.remaining());
        if (count > 0) {
            room.put(room.position(), ahead, ahead.position(), count);
            room.position(room.position() + count);
            ahead.position(ahead.position() + count);
        }
        ahead.compact();
        if (ahead.position() == 0) {
            dropReadAhead();
        }
        return count > 0;
    }

    private boolean ensureRoom(Frame target) {
        MemoryBudget.Waiter queued = waiter;
        if (queued != null) {
            if (!budget.isGranted(queued)) {
                return false;
            }
            waiter = null;
            target.growTo(waitingForCapacity);
            return true;
        }
        if (target.hasMemory() && target.filling().hasRemaining()) {
            return true;
        }
        int capacity = nextCapacity(target);
        waitingForCapacity = capacity;
        waiter = budget.reserve(target, capacity, target.hasMemory(), memoryGranted);
        if (waiter != null) {
            return false;
        }
        target.growTo(capacity);
        return true;
    }

    private int nextCapacity(Frame target) {
        long wanted = target.hasMemory() ? 4L * target.filling().capacity() : trustedBytes;
        return pool.capacityFor((int) Math.min(wanted, target.sizeBytes()));
    }

    private void dropReadAhead() {
        BufferPool.Buffer unused = readAhead;
        if (unused != null) {
            readAhead = null;
            pool.release(unused);
        }
    }
}
