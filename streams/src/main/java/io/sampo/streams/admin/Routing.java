package io.sampo.streams.admin;

import io.sampo.streams.connection.Answer;
import io.sampo.streams.connection.Backoff;
import io.sampo.streams.connection.Cluster;
import io.sampo.streams.connection.ClusterView;
import io.sampo.streams.connection.Coordinators;
import io.sampo.streams.connection.Failures;
import io.sampo.streams.connection.Timers;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.NotControllerException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.message.DescribeClusterRequestData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractRequest.Builder;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.DescribeClusterRequest;
import org.apache.kafka.common.requests.DescribeClusterResponse;
import org.apache.kafka.common.requests.MetadataRequest;
import org.apache.kafka.common.requests.MetadataResponse;
import org.apache.pekko.Done;
import org.jspecify.annotations.Nullable;

/// Sends a request to the node that can serve it, and again to another one when it has moved: until it is answered,
/// fails for good, or `default.api.timeout.ms` is over. A reader turns a response into a result or throws its error;
/// the response is closed by then.
///
/// Thread rule: any thread.
final class Routing {

    /// A topic that was created a moment ago may not be known everywhere yet; one that does not exist must not
    /// keep its caller for a minute.
    private static final int MAX_ATTEMPTS_FOR_UNKNOWN_TOPIC = 5;

    private final Cluster cluster;
    private final Coordinators coordinators;
    private final Timers timers;
    private final Backoff backoff;
    private final long requestTimeoutMs;
    private final long apiTimeoutMs;
    private final AtomicReference<@Nullable Integer> controller = new AtomicReference<>();

    Routing(
            Cluster cluster,
            Coordinators coordinators,
            Timers timers,
            Backoff backoff,
            long requestTimeoutMs,
            long apiTimeoutMs) {
        this.cluster = cluster;
        this.coordinators = coordinators;
        this.timers = timers;
        this.backoff = backoff;
        this.requestTimeoutMs = requestTimeoutMs;
        this.apiTimeoutMs = apiTimeoutMs;
    }

    Cluster cluster() {
        return cluster;
    }

    /// What a broker gets to do what it was asked, milliseconds.
    int serverTimeoutMs() {
        return (int) Math.min(Integer.MAX_VALUE, requestTimeoutMs);
    }

    <T> CompletionStage<T> toAny(Supplier<? extends Builder<?>> request, Function<AbstractResponse, T> reader) {
        return retry(timeoutMs -> cluster.sendToAny(request.get(), timeoutMs).thenApply(read(reader)));
    }

    <T> CompletionStage<T> toNode(
            int nodeId, Supplier<? extends Builder<?>> request, Function<AbstractResponse, T> reader) {
        return retry(timeoutMs -> cluster.send(nodeId, request.get(), timeoutMs).thenApply(read(reader)));
    }

    <T> CompletionStage<T> toController(Supplier<? extends Builder<?>> request, Function<AbstractResponse, T> reader) {
        return retry(timeoutMs -> controller(timeoutMs)
                .thenCompose(nodeId -> cluster.send(nodeId, request.get(), timeoutMs + serverTimeoutMs())
                        .thenApply(read(reader))
                        .whenComplete((_, failure) -> {
                            if (failure != null && Failures.cause(failure) instanceof RetriableException) {
                                controller.set(null);
                            }
                        })));
    }

    <T> CompletionStage<T> toCoordinator(
            String groupId, Supplier<? extends Builder<?>> request, Function<AbstractResponse, T> reader) {
        return toCoordinator(
                groupId,
                (nodeId, timeoutMs) ->
                        cluster.send(nodeId, request.get(), timeoutMs).thenApply(read(reader)));
    }

    /// @param attempt what to do with the coordinator within so many milliseconds
    <T> CompletionStage<T> toCoordinator(String groupId, BiFunction<Integer, Long, CompletionStage<T>> attempt) {
        return retry(timeoutMs -> coordinators
                .groupCoordinator(groupId)
                .thenCompose(nodeId -> attempt.apply(nodeId, (long) timeoutMs).whenComplete((_, failure) -> {
                    if (failure != null && Failures.cause(failure) instanceof RetriableException) {
                        coordinators.forget(groupId, nodeId);
                    }
                })));
    }

    /// Asks each partition's leader about its part of the input. A partition that fails for good fails the
    /// call; those that may succeed later are asked for again.
    ///
    /// @param reader the result of each partition of a response: a value, or an error
    <I, O> CompletionStage<Map<TopicPartition, O>> toLeaders(
            Map<TopicPartition, I> input,
            Function<Map<TopicPartition, I>, Builder<?>> request,
            Function<AbstractResponse, Map<TopicPartition, PartitionResult<O>>> reader) {
        Leaders<I, O> leaders = new Leaders<>(input, request, reader);
        return retry(leaders::attempt);
    }

    /// @param error NONE when there is a value
    record PartitionResult<O>(Errors error, O value) {}

    static <T> Function<Answer, T> read(Function<AbstractResponse, T> reader) {
        return answer -> {
            try (answer) {
                return reader.apply(answer.body());
            }
        };
    }

    private CompletionStage<Integer> controller(long timeoutMs) {
        Integer known = controller.get();
        if (known != null) {
            return CompletableFuture.completedFuture(known);
        }
        return cluster.sendToAny(new DescribeClusterRequest.Builder(new DescribeClusterRequestData()), timeoutMs)
                .thenApply(read(body -> {
                    int nodeId = ((DescribeClusterResponse) body).data().controllerId();
                    if (nodeId < 0) {
                        throw new NotControllerException("the cluster has no controller now");
                    }
                    controller.set(nodeId);
                    return nodeId;
                }));
    }

    /// @param attempt gets the milliseconds that it may take
    private <T> CompletionStage<T> retry(IntFunction<CompletionStage<T>> attempt) {
        CompletableFuture<T> result = new CompletableFuture<>();
        attempt(attempt, timers.nowMs() + apiTimeoutMs, 1, result);
        return result.minimalCompletionStage();
    }

    private <T> void attempt(
            IntFunction<CompletionStage<T>> attempt, long deadlineMs, int number, CompletableFuture<T> result) {
        long leftMs = Math.max(1, Math.min(deadlineMs - timers.nowMs(), requestTimeoutMs));
        CompletionStage<T> running;
        try {
            running = attempt.apply((int) Math.min(Integer.MAX_VALUE, leftMs));
        } catch (RuntimeException e) {
            result.completeExceptionally(e);
            return;
        }
        var _ = running.whenComplete((value, wrapped) -> {
            if (wrapped == null) {
                result.complete(value);
                return;
            }
            Throwable failure = Failures.cause(wrapped);
            boolean mayRetry = failure instanceof RetriableException
                    && !(failure instanceof UnknownTopicOrPartitionException
                            && number >= MAX_ATTEMPTS_FOR_UNKNOWN_TOPIC);
            long pauseMs = backoff.delayMs(number, timers.random());
            if (!mayRetry) {
                result.completeExceptionally(failure);
            } else if (timers.nowMs() + pauseMs >= deadlineMs) {
                result.completeExceptionally(new TimeoutException(
                        "not done within " + apiTimeoutMs + " ms; the last failure was: " + failure, failure));
            } else {
                var _ = timers.after(pauseMs, () -> attempt(attempt, deadlineMs, number + 1, result));
            }
        });
    }

    /// One call to many leaders, over its attempts. One attempt runs at a time.
    private final class Leaders<I, O> {
        private final Function<Map<TopicPartition, I>, Builder<?>> request;
        private final Function<AbstractResponse, Map<TopicPartition, PartitionResult<O>>> reader;
        private final Map<TopicPartition, I> open;
        private final Map<TopicPartition, O> results = new HashMap<>();
        private boolean lookFirst;

        Leaders(
                Map<TopicPartition, I> input,
                Function<Map<TopicPartition, I>, Builder<?>> request,
                Function<AbstractResponse, Map<TopicPartition, PartitionResult<O>>> reader) {
            this.open = new HashMap<>(input);
            this.request = request;
            this.reader = reader;
        }

        CompletionStage<Map<TopicPartition, O>> attempt(int timeoutMs) {
            Set<String> topics =
                    open.keySet().stream().map(TopicPartition::topic).collect(Collectors.toSet());
            boolean known = !lookFirst
                    && open.keySet().stream()
                            .allMatch(partition ->
                                    cluster.view().leader(partition).isPresent());
            lookFirst = true;
            return (known ? CompletableFuture.completedFuture(cluster.view()) : lookUp(topics, timeoutMs))
                    .thenCompose(_ -> ask(timeoutMs));
        }

        /// Asks first whether they are there: to ask for a topic's metadata as a producer does may create it
        /// (`allow.auto.create.topics`), which nobody expects of a question.
        private CompletionStage<ClusterView> lookUp(Set<String> topics, int timeoutMs) {
            return cluster.sendToAny(new MetadataRequest.Builder(List.copyOf(topics), false), timeoutMs)
                    .thenApply(read(response -> {
                        ((MetadataResponse) response).errors().forEach((topic, error) -> {
                            throw error.exception(topic + ": " + error.message());
                        });
                        return topics;
                    }))
                    .thenCompose(cluster::refresh);
        }

        private CompletionStage<Map<TopicPartition, O>> ask(int timeoutMs) {
            Map<Integer, Map<TopicPartition, I>> byLeader = new HashMap<>();
            for (Map.Entry<TopicPartition, I> entry : open.entrySet()) {
                OptionalInt leader = cluster.view().leader(entry.getKey());
                if (leader.isEmpty()) {
                    throw whyUnknown(entry.getKey()).exception("no leader of " + entry.getKey() + " is known");
                }
                byLeader.computeIfAbsent(leader.getAsInt(), _ -> new HashMap<>())
                        .put(entry.getKey(), entry.getValue());
            }
            CompletionStage<Done> all = CompletableFuture.completedFuture(Done.getInstance());
            for (Map.Entry<Integer, Map<TopicPartition, I>> part : byLeader.entrySet()) {
                CompletionStage<Map<TopicPartition, PartitionResult<O>>> answer = cluster.send(
                                part.getKey(), request.apply(part.getValue()), timeoutMs)
                        .thenApply(read(reader));
                all = all.thenCombine(answer, (_, partial) -> {
                    take(partial);
                    return Done.getInstance();
                });
            }
            return all.thenApply(_ -> {
                if (!open.isEmpty()) {
                    throw Errors.LEADER_NOT_AVAILABLE.exception("no answer about " + open.keySet());
                }
                return Map.copyOf(results);
            });
        }

        private synchronized void take(Map<TopicPartition, PartitionResult<O>> partial) {
            @Nullable RuntimeException failure = null;
            for (Map.Entry<TopicPartition, PartitionResult<O>> entry : partial.entrySet()) {
                Errors error = entry.getValue().error();
                if (error == Errors.NONE) {
                    results.put(entry.getKey(), entry.getValue().value());
                    open.remove(entry.getKey());
                } else if (failure == null || failure instanceof RetriableException) {
                    failure = error.exception(entry.getKey() + ": " + error.message());
                }
            }
            if (failure != null) {
                throw failure;
            }
        }

        private Errors whyUnknown(TopicPartition partition) {
            return cluster.view()
                    .topic(partition.topic())
                    .map(topic -> topic.error() != Errors.NONE
                            ? topic.error()
                            : partition.partition() < topic.partitions().size()
                                    ? Errors.LEADER_NOT_AVAILABLE
                                    : Errors.UNKNOWN_TOPIC_OR_PARTITION)
                    .orElse(Errors.UNKNOWN_TOPIC_OR_PARTITION);
        }
    }
}
