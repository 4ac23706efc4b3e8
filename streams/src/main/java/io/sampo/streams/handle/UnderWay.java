package io.sampo.streams.handle;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.pekko.Done;

/// Counts what is under way, with whoever may begin more of it, and tells when all of it is over.
///
/// Thread rule: any thread.
final class UnderWay {
    /// Begins with the one who may begin more; never goes up from 0.
    private final AtomicInteger count = new AtomicInteger(1);
    private final CompletableFuture<Done> ended = new CompletableFuture<>();

    void begin() {
        count.incrementAndGet();
    }

    void end() {
        if (count.decrementAndGet() == 0) {
            ended.complete(Done.getInstance());
        }
    }

    CompletionStage<Done> ended() {
        return ended.minimalCompletionStage();
    }
}
