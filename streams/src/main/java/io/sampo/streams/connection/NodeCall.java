package io.sampo.streams.connection;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractRequest.Builder;
import org.jspecify.annotations.Nullable;

/// What somebody wants of a node: an answer to a request, or only to know its versions. Ends once.
final class NodeCall {

    private final @Nullable Builder<?> request;
    private final long timeoutMs;
    private final long deadlineMs;
    private final CompletableFuture<Answer> answer = new CompletableFuture<>();
    private final CompletableFuture<NodeVersions> versions = new CompletableFuture<>();

    /// @param request null: only the versions are wanted
    /// @param nowMs to which `timeoutMs` is added
    NodeCall(@Nullable Builder<?> request, long timeoutMs, long nowMs) {
        this.request = request;
        this.timeoutMs = timeoutMs;
        this.deadlineMs = nowMs + timeoutMs;
    }

    long timeoutMs() {
        return timeoutMs;
    }

    long deadlineMs() {
        return deadlineMs;
    }

    String name() {
        return request == null ? "API_VERSIONS" : request.apiKey().name;
    }

    CompletionStage<Answer> answer() {
        return answer.minimalCompletionStage();
    }

    CompletionStage<NodeVersions> versions() {
        return versions.minimalCompletionStage();
    }

    /// @return null when there is nothing to send
    /// @throws RuntimeException when the node has no version that the request allows
    @Nullable
    CompletionStage<Answer> sendTo(Wire wire) {
        if (request == null) {
            return null;
        }
        AbstractRequest built = request.build(wire.versions().choose(request));
        return wire.send(built);
    }

    void tellVersions(NodeVersions known) {
        versions.complete(known);
    }

    /// An answer that comes after the end has its memory given back.
    void complete(Answer given) {
        if (!answer.complete(given)) {
            given.close();
        }
    }

    void fail(Throwable failure) {
        answer.completeExceptionally(failure);
        versions.completeExceptionally(failure);
    }
}
