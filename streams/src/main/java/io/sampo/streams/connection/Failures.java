package io.sampo.streams.connection;

import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/// What a stage failed with.
public final class Failures {

    private Failures() {}

    /// Without the wrapping that dependent stages add.
    public static Throwable cause(Throwable failure) {
        Throwable cause = failure;
        while ((cause instanceof CompletionException || cause instanceof ExecutionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }
}
