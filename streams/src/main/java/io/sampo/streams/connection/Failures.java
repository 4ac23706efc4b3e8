package io.sampo.streams.connection;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/// What a stage failed with.
public final class Failures {

    private Failures() {}

    /// A stage for a user, who can only wait for it: whoever hears of its failure hears the failure itself, without
    /// the wrapping that the JDK's own copies add.
    public static <T> CompletionStage<T> seenBy(CompletionStage<T> stage) {
        CompletableFuture<T> seen = new CompletableFuture<>();
        stage.whenComplete((value, failure) -> {
            if (failure == null) {
                seen.complete(value);
            } else {
                seen.completeExceptionally(cause(failure));
            }
        });
        return seen;
    }

    /// Without the wrapping that dependent stages add.
    public static Throwable cause(Throwable failure) {
        Throwable cause = failure;
        while ((cause instanceof CompletionException || cause instanceof ExecutionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    /// The same of a stage that may have succeeded: null then.
    public static @Nullable Throwable causeIfAny(@Nullable Throwable failure) {
        return failure == null ? null : cause(failure);
    }
}
