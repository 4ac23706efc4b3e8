package io.sampo.streams.connection;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.kafka.common.errors.DisconnectException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.AbstractRequest;
import org.jspecify.annotations.Nullable;

/// One request that any node may answer, on its way from node to node until one does. A node that cannot be reached is
/// passed over; one that was sent the request and went away only if asking twice does no harm. After all were tried in
/// vain there is a pause, and they are tried again, until the time is over.
final class AnyNode {

    /// Questions: whoever answers changes nothing.
    private static final Set<ApiKeys> REPEATABLE = EnumSet.of(
            ApiKeys.METADATA,
            ApiKeys.FIND_COORDINATOR,
            ApiKeys.DESCRIBE_CLUSTER,
            ApiKeys.DESCRIBE_CONFIGS,
            ApiKeys.DESCRIBE_TOPIC_PARTITIONS,
            ApiKeys.LIST_GROUPS);

    /// @param nodes those that are known now
    /// @param bootstrap those of `bootstrap.servers`
    /// @param links where a target is reached
    record Reach(
            Supplier<List<NodeChoice.Candidate>> nodes,
            Supplier<List<NodeChoice.Candidate>> bootstrap,
            Function<NodeChoice.Target, NodeLinks> links) {}

    private final Reach reach;
    private final NodeChoice choice;
    private final Timers timers;
    private final Backoff backoff;
    private final AbstractRequest.Builder<?> request;
    private final long timeoutMs;
    private final long deadlineMs;
    private final CompletableFuture<Answer> answer = new CompletableFuture<>();
    private int rounds;
    private @Nullable Throwable lastFailure;

    AnyNode(
            Reach reach,
            NodeChoice choice,
            Timers timers,
            Backoff backoff,
            AbstractRequest.Builder<?> request,
            long timeoutMs) {
        this.reach = reach;
        this.choice = choice;
        this.timers = timers;
        this.backoff = backoff;
        this.request = request;
        this.timeoutMs = timeoutMs;
        this.deadlineMs = timers.nowMs() + timeoutMs;
    }

    /// Ends the search; what was sent may still arrive.
    void close() {
        answer.completeExceptionally(new UnreachableException("this client is closed"));
    }

    CompletionStage<Answer> send() {
        next();
        return answer.minimalCompletionStage();
    }

    private void next() {
        if (answer.isDone()) {
            return;
        }
        long nowMs = timers.nowMs();
        if (nowMs >= deadlineMs) {
            answer.completeExceptionally(new TimeoutException(
                    request.apiKey().name + ": no node answered within " + timeoutMs + " ms", lastFailure));
            return;
        }
        NodeChoice.Target target =
                choice.next(reach.nodes.get(), reach.bootstrap.get()).orElse(null);
        if (target == null) {
            rounds++;
            choice.newRound();
            long pauseMs = Math.min(backoff.delayMs(rounds, timers.random()), deadlineMs - nowMs);
            var _ = timers.after(pauseMs, this::next);
            return;
        }
        NodeCall call = new NodeCall(request, deadlineMs - nowMs, nowMs);
        var _ = call.answer().whenComplete((given, failure) -> {
            if (failure == null) {
                if (!answer.complete(given)) {
                    given.close();
                }
            } else {
                failed(Failures.cause(failure));
            }
        });
        reach.links.apply(target).send(call, Lane.of(request.apiKey()));
    }

    private void failed(Throwable failure) {
        lastFailure = failure;
        boolean harmless = failure instanceof UnreachableException
                || (failure instanceof DisconnectException && REPEATABLE.contains(request.apiKey()));
        if (harmless) {
            next();
        } else {
            answer.completeExceptionally(failure);
        }
    }
}
