package io.sampo.streams.produce;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// What has no outcome yet, by the flush that waits for it. Thread-safe.
final class OpenWork {

    /// What began between two flushes.
    static final class Generation {
        private int openCount;
        private boolean isClosed;
        private final CompletableFuture<Void> ended = new CompletableFuture<>();
    }

    private Generation current = new Generation();
    private CompletableFuture<Void> earlier = CompletableFuture.completedFuture(null);

    synchronized Generation begin() {
        current.openCount++;
        return current;
    }

    /// One more of the same generation, which has not ended.
    synchronized void begin(Generation generation) {
        generation.openCount++;
    }

    void end(Generation generation) {
        synchronized (this) {
            if (--generation.openCount > 0 || !generation.isClosed) {
                return;
            }
        }
        generation.ended.complete(null);
    }

    /// Done when everything that has begun so far has ended.
    CompletionStage<Void> whenEnded() {
        Generation closed;
        CompletableFuture<Void> all;
        boolean isEmpty;
        synchronized (this) {
            closed = current;
            closed.isClosed = true;
            isEmpty = closed.openCount == 0;
            current = new Generation();
            all = earlier.thenCombine(closed.ended, (_, _) -> null);
            earlier = all;
        }
        if (isEmpty) {
            closed.ended.complete(null);
        }
        return all.minimalCompletionStage();
    }
}
