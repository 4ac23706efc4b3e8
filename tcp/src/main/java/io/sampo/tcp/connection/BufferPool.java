package io.sampo.tcp.connection;

import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;

/// Direct buffers for frames, in powers of two. Up to `maxPooledBytes` are kept for reuse; what is more, and every
/// buffer above `largestPooledBytes`, is given back to the system at once instead of at some garbage collection.
///
/// Thread rule: any thread.
public final class BufferPool implements AutoCloseable {

    static final int SMALLEST = 512;
    static final int LARGEST_POOLED = 4 * 1024 * 1024;

    private final long maxPooledBytes;
    private final int largestPooledBytes;
    private final Shelf[] shelves;
    private final java.util.concurrent.atomic.AtomicLong pooledBytes = new java.util.concurrent.atomic.AtomicLong();
    private volatile boolean closed;

    public BufferPool(long maxPooledBytes) {
        this(maxPooledBytes, LARGEST_POOLED);
    }

    /// @param largestPooledBytes a power of two, at least [#SMALLEST]
    public BufferPool(long maxPooledBytes, int largestPooledBytes) {
        if (largestPooledBytes < SMALLEST || Integer.bitCount(largestPooledBytes) != 1) {
            throw new IllegalArgumentException("not a power of two from " + SMALLEST + " on: " + largestPooledBytes);
        }
        this.maxPooledBytes = maxPooledBytes;
        this.largestPooledBytes = largestPooledBytes;
        this.shelves = new Shelf[Integer.numberOfTrailingZeros(largestPooledBytes / SMALLEST) + 1];
        for (int i = 0; i < shelves.length; i++) {
            shelves[i] = new Shelf();
        }
    }

    /// Capacity that a request for `bytes` gets.
    int capacityFor(int bytes) {
        if (bytes <= SMALLEST) {
            return SMALLEST;
        }
        if (bytes > largestPooledBytes) {
            return bytes;
        }
        return Integer.highestOneBit(bytes - 1) << 1;
    }

    /// An empty buffer of [#capacityFor] bytes; its content is whatever was there before.
    public Buffer acquire(int bytes) {
        int capacity = capacityFor(bytes);
        if (capacity <= largestPooledBytes) {
            Shelf shelf = shelfOf(capacity);
            Buffer pooled;
            synchronized (shelf) {
                pooled = shelf.buffers.pollLast();
            }
            if (pooled != null) {
                pooledBytes.addAndGet(-capacity);
                pooled.bytes().clear();
                return pooled;
            }
        }
        return allocate(capacity);
    }

    @SuppressWarnings("MustBeClosedChecker") // the buffer owns the arena; release closes it or keeps both
    private static Buffer allocate(int capacity) {
        Arena arena = Arena.ofShared();
        return new Buffer(arena, arena.allocate(capacity, 8).asByteBuffer());
    }

    /// Nothing may use the buffer any more.
    public void release(Buffer buffer) {
        int capacity = buffer.bytes().capacity();
        if (capacity <= largestPooledBytes) {
            if (pooledBytes.addAndGet(capacity) <= maxPooledBytes) {
                Shelf shelf = shelfOf(capacity);
                synchronized (shelf) {
                    // Asked under the lock: close empties every shelf after it has said so.
                    if (!closed) {
                        shelf.buffers.addLast(buffer);
                        return;
                    }
                }
            }
            pooledBytes.addAndGet(-capacity);
        }
        buffer.arena().close();
    }

    /// Gives back to the system what is kept, and from now on every buffer when it is released. Buffers in use stay
    /// valid.
    @Override
    public void close() {
        closed = true;
        for (Shelf shelf : shelves) {
            synchronized (shelf) {
                for (Buffer kept : shelf.buffers) {
                    pooledBytes.addAndGet(-kept.bytes().capacity());
                    kept.arena().close();
                }
                shelf.buffers.clear();
            }
        }
    }

    /// Up to what size a peer that has sent a frame of a size gets a buffer for the next one at once.
    int trustedBytes() {
        return largestPooledBytes / 2;
    }

    /// Bytes kept for reuse.
    public long pooledBytes() {
        return pooledBytes.get();
    }

    private Shelf shelfOf(int capacity) {
        return shelves[Integer.numberOfTrailingZeros(capacity / SMALLEST)];
    }

    /// @param arena what the bytes belong to; closing it frees them
    public record Buffer(Arena arena, ByteBuffer bytes) {}

    private static final class Shelf {
        private final ArrayDeque<Buffer> buffers = new ArrayDeque<>();
    }
}
