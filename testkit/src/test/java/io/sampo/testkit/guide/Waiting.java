package io.sampo.testkit.guide;

import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/// Waits for outcomes, with a limit.
final class Waiting {
    private Waiting() {}

    static <T> T outcome(CompletionStage<T> stage) throws Exception {
        return stage.toCompletableFuture().get(30, TimeUnit.SECONDS);
    }
}
