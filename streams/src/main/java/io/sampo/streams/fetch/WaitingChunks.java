package io.sampo.streams.fetch;

/// What was fetched of one partition and not handed out, or not closed.
///
/// Deterministic; one thread.
final class WaitingChunks {
    private int count;
    private long nextOffset = -1;
    private long heldBytes;

    /// Whether all that was fetched was handed out.
    boolean isEmpty() {
        return count == 0;
    }

    /// Where the first one that waits begins; says nothing when none does.
    long nextOffset() {
        return nextOffset;
    }

    /// Bytes in chunks that wait or are worked on.
    long heldBytes() {
        return heldBytes;
    }

    void add(Chunk chunk) {
        if (count == 0) {
            nextOffset = chunk.firstOffset();
        }
        count++;
        heldBytes += chunk.sizeBytes();
    }

    void handedOut(Chunk chunk) {
        nextOffset = chunk.nextOffset();
        count--;
    }

    void putBack(Chunk chunk) {
        nextOffset = chunk.firstOffset();
        count++;
    }

    /// None waits any more; they are closed, and released so.
    void dropped() {
        count = 0;
    }

    void released(long bytes) {
        heldBytes -= bytes;
    }
}
