package io.sampo.streams.produce;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// Who may use how much of `buffer.memory`. Thread-safe.
///
/// Whoever was refused is told when as much is free as the largest of those who were refused had asked for.
final class BufferMemory {
    private final long totalBytes;
    private long freeBytes;

    /// The most that was refused since there was room; 0 for none.
    private volatile long wantedBytes;

    private CompletableFuture<Void> room = new CompletableFuture<>();

    BufferMemory(long totalBytes) {
        this.totalBytes = totalBytes;
        this.freeBytes = totalBytes;
    }

    /// @param bytes at most all there is
    synchronized boolean take(long bytes) {
        if (bytes <= freeBytes) {
            freeBytes -= bytes;
            return true;
        }
        wantedBytes = Math.max(wantedBytes, Math.min(bytes, totalBytes));
        return false;
    }

    /// Takes what is needed for records that were let in already, though it may be more than there is.
    synchronized void force(long bytes) {
        freeBytes -= bytes;
    }

    void release(long bytes) {
        CompletableFuture<Void> fulfilled;
        synchronized (this) {
            freeBytes += bytes;
            if (wantedBytes == 0 || freeBytes < wantedBytes) {
                return;
            }
            wantedBytes = 0;
            fulfilled = room;
            room = new CompletableFuture<>();
        }
        fulfilled.complete(null);
    }

    /// Whether somebody was refused and there is no room yet.
    boolean isWanted() {
        return wantedBytes > 0;
    }

    synchronized long freeBytes() {
        return freeBytes;
    }

    /// Done when there is room for all who were refused; at once when there is.
    synchronized CompletionStage<Void> whenRoom() {
        return wantedBytes == 0 ? CompletableFuture.completedFuture(null) : room.minimalCompletionStage();
    }
}
