package io.sampo.streams.fetch;

import java.util.concurrent.atomic.AtomicInteger;

/// The memory of one answer, which several chunks are views of. It goes back when the last of them is closed.
///
/// Thread rule: any thread.
final class AnswerMemory {
    private final int bytes;
    private final Runnable release;
    /// One for each open chunk, and one for whoever is still making chunks.
    private final AtomicInteger holders = new AtomicInteger(1);

    /// @param bytes of record batches in the answer
    AnswerMemory(int bytes, Runnable release) {
        this.bytes = bytes;
        this.release = release;
    }

    void hold() {
        holders.incrementAndGet();
    }

    /// @return the bytes that this call gave back: all, or none while others hold them
    int letGo() {
        if (holders.decrementAndGet() == 0) {
            release.run();
            return bytes;
        }
        return 0;
    }
}
