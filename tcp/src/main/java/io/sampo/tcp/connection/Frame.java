package io.sampo.tcp.connection;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// One frame without its length: the bytes of a request or response in a pooled buffer that is charged to the
/// node's budget. It starts with one reference; the last one to be released gives buffer and budget back.
///
/// Thread rule: filled by the connection, then handed over; references may be released on any thread.
public final class Frame {

    private final BufferPool pool;
    private final MemoryBudget budget;
    private final AtomicInteger references = new AtomicInteger(1);
    private final int sizeBytes;
    private BufferPool.@Nullable Buffer buffer;

    Frame(BufferPool pool, MemoryBudget budget, int sizeBytes) {
        this.pool = pool;
        this.budget = budget;
        this.sizeBytes = sizeBytes;
    }

    public int sizeBytes() {
        return sizeBytes;
    }

    /// The bytes, from position to limit. Valid until the last release.
    public ByteBuffer bytes() {
        return filling();
    }

    /// The buffer while bytes arrive: position is what has arrived, limit what fits or belongs to the frame.
    ByteBuffer filling() {
        if (buffer == null) {
            throw new IllegalStateException("frame without memory");
        }
        return buffer.bytes();
    }

    boolean hasMemory() {
        return buffer != null;
    }

    boolean isFull() {
        return buffer != null && buffer.bytes().position() == sizeBytes;
    }

    /// Moves to a buffer of `capacity` bytes, for which the budget has been charged.
    void growTo(int capacity) {
        BufferPool.Buffer larger = pool.acquire(capacity);
        larger.bytes().limit(Math.min(sizeBytes, larger.bytes().capacity()));
        BufferPool.Buffer old = buffer;
        buffer = larger;
        if (old != null) {
            larger.bytes().put(old.bytes().flip());
            int oldCapacity = old.bytes().capacity();
            pool.release(old);
            budget.release(this, oldCapacity, false);
        }
    }

    public void retain() {
        if (references.getAndIncrement() <= 0) {
            throw new IllegalStateException("retain after the last release");
        }
    }

    public void release() {
        int left = references.decrementAndGet();
        if (left < 0) {
            throw new IllegalStateException("released too often");
        }
        BufferPool.Buffer last = buffer;
        if (left == 0 && last != null) {
            buffer = null;
            int capacity = last.bytes().capacity();
            pool.release(last);
            budget.release(this, capacity, true);
        }
    }
}
