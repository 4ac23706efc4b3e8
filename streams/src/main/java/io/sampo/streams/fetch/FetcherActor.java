package io.sampo.streams.fetch;

import io.sampo.streams.connection.Answer;
import io.sampo.streams.connection.Cluster;
import io.sampo.streams.connection.ClusterView;
import io.sampo.streams.connection.Failures;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.FetchResponse;
import org.apache.kafka.common.requests.ListOffsetsResponse;
import org.apache.kafka.common.requests.OffsetsForLeaderEpochResponse;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Carries out what [FetchCore] decides: sends its questions, brings it the answers and the time.
final class FetcherActor {
    private static final Logger log = LoggerFactory.getLogger(FetcherActor.class);

    sealed interface Command {
        /// @param sought the partition must be read already
        record Add(Map<TopicPartition, StartPosition> partitions, boolean sought, CompletableFuture<Void> done)
                implements Command {}

        record Remove(Set<TopicPartition> partitions, CompletableFuture<Void> done) implements Command {}

        record Poll(CompletableFuture<Chunk> result) implements Command {}

        record Progress(CompletableFuture<Map<TopicPartition, PartitionProgress>> result) implements Command {}

        record Close(CompletableFuture<Void> done) implements Command {}

        record Closed(Partitions.Released released) implements Command {}
    }

    private record Answered(Ask ask, Answer answer) implements Command {}

    private record Refreshed(ClusterView view) implements Command {}

    private record Failed(Ask ask, Throwable failure) implements Command {}

    private enum Wake implements Command {
        UP
    }

    private final ActorContext<Command> context;
    private final TimerScheduler<Command> timers;
    private final Cluster cluster;
    private final FetchSettings settings;
    private final LongSupplier nowMs;
    private final FetchCore core;
    private @Nullable CompletableFuture<Chunk> poll;
    private OptionalLong wakeAtMs = OptionalLong.empty();
    private boolean closed;
    /// [Fetcher#close] was called: nobody asks any more.
    private boolean dismissed;
    /// Questions without an answer.
    private int underWay;

    private FetcherActor(
            ActorContext<Command> context,
            TimerScheduler<Command> timers,
            Cluster cluster,
            FetchSettings settings,
            LongSupplier nowMs,
            RandomGenerator random) {
        this.context = context;
        this.timers = timers;
        this.cluster = cluster;
        this.settings = settings;
        this.nowMs = nowMs;
        this.core = new FetchCore(
                settings, cluster.view(), random, released -> context.getSelf().tell(new Command.Closed(released)));
    }

    static Behavior<Command> create(
            Cluster cluster, FetchSettings settings, LongSupplier nowMs, RandomGenerator random) {
        return Behaviors.setup(context -> Behaviors.withTimers(timers -> {
            FetcherActor actor = new FetcherActor(context, timers, cluster, settings, nowMs, random);
            return Behaviors.receiveMessage(actor::onCommand);
        }));
    }

    private Behavior<Command> onCommand(Command command) {
        if (closed) {
            return afterClose(command);
        }
        try {
            handle(command);
            if (closed) {
                return afterwards();
            }
            servePoll();
            core.asks(nowMs.getAsLong()).forEach(this::send);
            scheduleWake();
        } catch (RuntimeException bug) {
            log.error("Fetching ends by a fault of its own", bug);
            close(bug);
            return afterwards();
        }
        return Behaviors.same();
    }

    /// Stays, when it is closed, for answers that are under way, whose memory must be given back.
    private Behavior<Command> afterwards() {
        return dismissed && underWay == 0 && core.heldBytes() == 0 ? Behaviors.stopped() : Behaviors.same();
    }

    private void handle(Command command) {
        long now = nowMs.getAsLong();
        switch (command) {
            case Command.Add add -> {
                boolean unknown =
                        add.sought() && !add.partitions().keySet().stream().allMatch(core::reads);
                if (unknown) {
                    add.done()
                            .completeExceptionally(new IllegalArgumentException(
                                    add.partitions().keySet() + " is not read"));
                } else {
                    core.see(cluster.view(), now);
                    core.add(add.partitions(), now);
                    add.done().complete(null);
                }
            }
            case Command.Remove remove -> {
                core.remove(remove.partitions());
                remove.done().complete(null);
            }
            case Command.Poll wanted -> {
                if (poll != null && !poll.isDone()) {
                    wanted.result().completeExceptionally(new IllegalStateException("a poll is outstanding"));
                } else {
                    poll = wanted.result();
                    core.demand();
                }
            }
            case Command.Progress wanted -> wanted.result().complete(Map.copyOf(core.progress()));
            case Command.Closed chunk -> core.released(chunk.released());
            case Command.Close close -> {
                dismissed = true;
                close(new CancellationException("the fetcher was closed"));
                close.done().complete(null);
            }
            case Answered answered -> {
                underWay--;
                answered(answered, now);
            }
            case Refreshed refreshed -> {
                underWay--;
                core.refreshed(refreshed.view(), now);
            }
            case Failed failed -> {
                underWay--;
                core.failed(failed.ask(), failed.failure(), now);
            }
            case Wake _ -> wakeAtMs = OptionalLong.empty();
        }
    }

    private void answered(Answered answered, long now) {
        Answer answer = answered.answer();
        switch (answered.ask()) {
            // The chunks hold the memory; what comes of it is closed with the last of them.
            case Ask.Fetch fetch ->
                core.fetched(fetch, answer.as(FetchResponse.class).data(), answer::close, now);
            case Ask.ListOffsets lookups -> {
                core.looked(lookups, answer.as(ListOffsetsResponse.class).data(), now);
                answer.close();
            }
            case Ask.EpochEnds ends -> {
                core.epochEnds(
                        ends, answer.as(OffsetsForLeaderEpochResponse.class).data(), now);
                answer.close();
            }
            case Ask.Refresh _, Ask.Farewell _ -> answer.close();
        }
    }

    private void servePoll() {
        while (poll != null) {
            CompletableFuture<Chunk> waiting = poll;
            if (waiting.isDone()) {
                poll = null;
                return;
            }
            Partitions.Outcome outcome = core.next().orElse(null);
            if (outcome == null) {
                return;
            }
            poll = null;
            switch (outcome) {
                case Partitions.Outcome.Data data -> {
                    if (!waiting.complete(data.chunk())) {
                        // Given up in this very moment: nobody would close it, and nobody would have seen it.
                        core.putBack(data.chunk());
                    }
                }
                case Partitions.Outcome.Failure failure -> waiting.completeExceptionally(failure.failure());
            }
        }
    }

    private void send(Ask ask) {
        underWay++;
        switch (ask) {
            case Ask.Refresh refresh ->
                context.pipeToSelf(
                        cluster.refresh(refresh.topics()),
                        (view, failure) -> view == null ? new Failed(ask, unwrap(failure)) : new Refreshed(view));
            case Ask.Fetch fetch -> {
                Set<String> topics = new HashSet<>();
                fetch.asked().keySet().forEach(partition -> topics.add(partition.topic()));
                cluster.use(topics);
                send(ask, fetch.nodeId(), AskMessages.request(fetch, settings), fetch.maxWaitMs());
            }
            case Ask.ListOffsets lookups -> send(ask, lookups.nodeId(), AskMessages.request(lookups, settings), 0);
            case Ask.EpochEnds ends -> send(ask, ends.nodeId(), AskMessages.request(ends), 0);
            case Ask.Farewell farewell -> send(ask, farewell.nodeId(), AskMessages.request(farewell), 0);
        }
    }

    private void send(Ask ask, int node, AbstractRequest.Builder<?> request, long serverWaitMs) {
        CompletionStage<Answer> answer = cluster.send(node, request, settings.requestTimeoutMs() + serverWaitMs);
        context.pipeToSelf(
                answer,
                (response, failure) ->
                        response == null ? new Failed(ask, unwrap(failure)) : new Answered(ask, response));
    }

    private static Throwable unwrap(@Nullable Throwable failure) {
        return failure == null ? new IllegalStateException("an empty answer") : Failures.cause(failure);
    }

    private void scheduleWake() {
        long now = nowMs.getAsLong();
        OptionalLong at = core.wakeMs(now);
        if (!at.equals(wakeAtMs)) {
            wakeAtMs = at;
            if (at.isPresent()) {
                timers.startSingleTimer(Wake.UP, Wake.UP, Duration.ofMillis(Math.max(1, at.getAsLong() - now)));
            } else {
                timers.cancel(Wake.UP);
            }
        }
    }

    private void close(RuntimeException reason) {
        closed = true;
        timers.cancelAll();
        if (poll != null) {
            poll.completeExceptionally(reason);
            poll = null;
        }
        core.close().forEach(this::send);
    }

    private Behavior<Command> afterClose(Command command) {
        CancellationException reason = new CancellationException("the fetcher was closed");
        switch (command) {
            case Command.Add add -> add.done().completeExceptionally(reason);
            case Command.Remove remove -> remove.done().complete(null);
            case Command.Poll wanted -> wanted.result().completeExceptionally(reason);
            case Command.Progress wanted -> wanted.result().completeExceptionally(reason);
            case Command.Close close -> {
                dismissed = true;
                close.done().complete(null);
            }
            case Answered answered -> {
                underWay--;
                answered.answer().close();
            }
            case Refreshed _, Failed _ -> underWay--;
            case Command.Closed chunk -> core.released(chunk.released());
            case Wake _ -> {}
        }
        return afterwards();
    }
}
