package io.sampo.actors.api;

import io.sampo.core.api.ClientRequest;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.apache.kafka.common.errors.UnknownServerException;
import org.apache.kafka.common.requests.AbstractResponse;
import org.jspecify.annotations.Nullable;

/// Answers a request once a result is there, or with the error of its failure.
final class Answers {
    private Answers() {}

    static <R> void whenDone(ClientRequest request, CompletionStage<R> result, Function<R, AbstractResponse> response) {
        var _ = result.thenApply(response).whenComplete((answer, failure) -> {
            if (failure == null) {
                request.respond(answer);
            } else {
                GuardedHandler.fail(request, unwrap(failure));
            }
        });
    }

    private static RuntimeException unwrap(Throwable failure) {
        @Nullable Throwable cause = failure.getCause();
        if (failure instanceof CompletionException && cause != null) {
            return unwrap(cause);
        }
        return failure instanceof RuntimeException known ? known : new UnknownServerException(failure);
    }
}
