package io.sampo.tcp.client;

import io.sampo.tcp.connection.BufferPool;
import io.sampo.tcp.connection.MemoryBudget;

/// Memory of responses, shared by any number of connections. While all of it is held by responses that are not
/// closed yet, nothing is read from their sockets; the one that was read last may exceed the limit.
///
/// Thread rule: any thread.
public final class ClientMemory implements AutoCloseable {

    /// Kept for reuse between responses, at most.
    private static final long MAX_POOLED_BYTES = 32L * 1024 * 1024;

    /// So large because answers to fetches are: many partitions, each with `max.partition.fetch.bytes`.
    private static final int LARGEST_POOLED_BYTES = 16 * 1024 * 1024;

    private final BufferPool pool;
    private final MemoryBudget budget;

    /// @param limitBytes of all responses that are not closed
    public ClientMemory(long limitBytes) {
        this.pool = new BufferPool(Math.min(limitBytes, MAX_POOLED_BYTES), LARGEST_POOLED_BYTES);
        this.budget = new MemoryBudget(limitBytes);
    }

    BufferPool pool() {
        return pool;
    }

    MemoryBudget budget() {
        return budget;
    }

    /// Bytes that responses hold now, from their first byte to their `close`.
    public long usedBytes() {
        return budget.usedBytes();
    }

    /// Keeps nothing for reuse from now on. Responses stay valid until they are closed.
    @Override
    public void close() {
        pool.close();
    }
}
