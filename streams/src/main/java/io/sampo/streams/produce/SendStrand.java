package io.sampo.streams.produce;

import io.sampo.streams.UnsupportedFeature;
import io.sampo.streams.connection.Answer;
import io.sampo.streams.connection.Cluster;
import io.sampo.streams.connection.ClusterView;
import io.sampo.streams.connection.Failures;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.InitProducerIdResponse;
import org.apache.kafka.common.requests.ProduceResponse;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Carries out what a [ProduceCore] decides. One turn at a time; whatever happens meanwhile is one more turn, however
/// much it is.
///
/// A turn is short, waits for nothing and runs no caller's code: outcomes are told by [Outcomes]. So where a record or
/// an answer should not wait for a thread to wake, the thread that has it takes the turn, if none is under way. All
/// other turns are an executor's: those that follow, and those while a node is busy. Then throughput counts: a
/// connection's thread has answers to read, and batches fill meanwhile (measured with 1 KiB: a third more records).
final class SendStrand {
    private static final Logger LOG = LoggerFactory.getLogger(SendStrand.class);

    private final Cluster cluster;
    private final ProducerSettings settings;
    private final ProduceCore core;
    private final Executor executor;
    private final Alarm alarm;
    private final LongSupplier clockMs;
    private final Map<String, TopicBuffers> topics = new ConcurrentHashMap<>();
    private final ConcurrentLinkedQueue<Runnable> told = new ConcurrentLinkedQueue<>();
    private final Outcomes outcomes;

    /// Above 0 while a turn is under way or will come.
    private final AtomicInteger wakes = new AtomicInteger();

    /// No node takes a request before it has answered one, and an answer brings a turn anyway. A turn sets it to
    /// false before it looks for what is ready: whatever gets ready later is seen by that turn, or sees this.
    private volatile boolean saturated;

    /// Some node takes no request before it has answered one.
    private volatile boolean someNodeIsBusy;

    // Of the turn only.
    private ClusterView seen = ClusterView.EMPTY;
    private final Set<TopicBuffers> unknown = new HashSet<>();
    private boolean isLooking;
    private long lookAtMs = Long.MIN_VALUE;
    private long alarmAtMs = BatchSupply.NEVER;
    private @Nullable Throwable ended;

    /// @param clockMs monotonic
    SendStrand(
            Cluster cluster,
            ProducerSettings settings,
            ProduceCore core,
            Executor executor,
            Outcomes outcomes,
            Alarm alarm,
            LongSupplier clockMs) {
        this.cluster = cluster;
        this.settings = settings;
        this.core = core;
        this.executor = executor;
        this.outcomes = outcomes;
        this.alarm = alarm;
        this.clockMs = clockMs;
    }

    /// From now on the topic's partitions follow what the cluster says.
    void add(TopicBuffers topic) {
        topics.put(topic.topic, topic);
        tell(() -> topic.update(cluster.view(), clockMs.getAsLong()).forEach(this::touch));
    }

    /// A buffer has a record after it had none.
    void touched(PartitionBuffer buffer) {
        if (settings.lingerMs() == 0) {
            tellHere(() -> touch(buffer));
        } else {
            tell(() -> touch(buffer));
        }
    }

    private void touch(PartitionBuffer buffer) {
        core.touched(buffer.partition, buffer);
    }

    /// A record waits for its topic.
    void waits(TopicBuffers topic) {
        tell(() -> unknown.add(topic));
    }

    /// What is gathered goes without waiting for more.
    void seal() {
        tell(() -> topics.values().forEach(TopicBuffers::seal));
    }

    /// Whatever has no outcome fails with this, now and later.
    void end(Throwable failure) {
        tell(() -> ended = failure);
    }

    /// A batch is full, or memory is short.
    void ready() {
        if (!saturated) {
            wake();
        }
    }

    private void wake() {
        if (wakes.getAndIncrement() == 0) {
            schedule();
        }
    }

    /// Where nothing runs any more, what has no outcome fails here and now.
    private void schedule() {
        try {
            executor.execute(this::turn);
        } catch (RejectedExecutionException gone) {
            if (ended == null) {
                ended = new KafkaException("nothing runs any more that could send records", gone);
            }
            turn();
        }
    }

    private void tell(Runnable news) {
        told.add(news);
        wake();
    }

    /// The turn is this thread's, unless one is under way or will come, or a node is busy. Not where a lock is held.
    private void tellHere(Runnable news) {
        told.add(news);
        if (wakes.getAndIncrement() == 0) {
            if (someNodeIsBusy) {
                schedule();
            } else {
                turn();
            }
        }
    }

    private void turn() {
        int seenWakes = wakes.get();
        try {
            takeTurn();
        } catch (RuntimeException bug) {
            LOG.error("a turn of the producer broke off", bug);
            if (ended == null) {
                ended = bug;
                wakes.incrementAndGet();
            }
        }
        if (!wakes.compareAndSet(seenWakes, 0)) {
            wakes.set(1);
            schedule();
        }
    }

    private void takeTurn() {
        saturated = false;
        Runnable news;
        while ((news = told.poll()) != null) {
            news.run();
        }
        Throwable failure = ended;
        if (failure != null) {
            topics.values().forEach(topic -> topic.failWaiting(failure));
            core.abort(failure).forEach(this::carryOut);
            return;
        }
        long nowMs = clockMs.getAsLong();
        ClusterView view = cluster.view();
        lookForTopics(view, nowMs);
        List<ProduceEffect> effects = core.poll(nowMs, view);
        // The node waits for requests: what is to be sent goes first, outcomes are told after it.
        effects.stream().filter(effect -> !isOutcome(effect)).forEach(this::carryOut);
        effects.stream().filter(SendStrand::isOutcome).forEach(this::carryOut);
        saturated = core.isSaturated(view);
        someNodeIsBusy = core.isSomeNodeBusy();
        setAlarm(nowMs);
    }

    @SuppressWarnings("ReferenceEquality") // a view that is the same object is the same view
    private void lookForTopics(ClusterView view, long nowMs) {
        if (view != seen) {
            seen = view;
            topics.values().forEach(topic -> topic.update(view, nowMs).forEach(this::touch));
        }
        unknown.forEach(topic -> topic.update(view, nowMs).forEach(this::touch));
        unknown.removeIf(topic -> !topic.hasWaiting());
        if (unknown.isEmpty() || isLooking || nowMs < lookAtMs) {
            return;
        }
        isLooking = true;
        Set<String> names = new HashSet<>();
        unknown.forEach(topic -> names.add(topic.topic));
        cluster.refresh(names)
                .whenComplete((_, failure) -> tell(() -> {
                    isLooking = false;
                    lookAtMs = clockMs.getAsLong() + settings.retryBackoffMs();
                    looked(Failures.causeIfAny(failure));
                }));
    }

    /// A broker that refuses this client will do so whenever it is asked: nobody waits for that.
    ///
    /// @param failure null when the cluster answered
    private void looked(@Nullable Throwable failure) {
        switch (failure) {
            case AuthenticationException refused -> unknown.forEach(topic -> topic.failWaiting(refused));
            case UnsupportedFeature lacking -> unknown.forEach(topic -> topic.failWaiting(lacking));
            case null, default -> unknown.forEach(topic -> topic.looked(failure));
        }
    }

    private void setAlarm(long nowMs) {
        long nextMs = core.nextPollMs();
        for (TopicBuffers topic : unknown) {
            nextMs = Math.min(nextMs, isLooking ? topic.dueMs() : Math.min(topic.dueMs(), lookAtMs));
        }
        if (nextMs < alarmAtMs) {
            alarmAtMs = nextMs;
            long at = nextMs;
            alarm.after(
                    Math.max(0, nextMs - nowMs),
                    () -> tellHere(() -> {
                        if (alarmAtMs == at) {
                            alarmAtMs = BatchSupply.NEVER;
                        }
                    }));
        }
    }

    private static boolean isOutcome(ProduceEffect effect) {
        return effect instanceof ProduceEffect.CompleteBatch;
    }

    private void carryOut(ProduceEffect effect) {
        switch (effect) {
            case ProduceEffect.SendBatches(long requestId, int nodeId, List<PendingBatch> batches) ->
                send(requestId, nodeId, batches);
            case ProduceEffect.AskIdentity() -> askIdentity();
            case ProduceEffect.RefreshTopics(Set<String> names) ->
                cluster.refresh(names).whenComplete((_, _) -> tell(() -> core.refreshed(clockMs.getAsLong())));
            case ProduceEffect.CompleteBatch(BatchContent content, BatchOutcome outcome) ->
                outcomes.tell(() -> ((RecordBatch) content).complete(outcome));
        }
    }

    private void send(long requestId, int nodeId, List<PendingBatch> batches) {
        Set<String> used = new HashSet<>();
        batches.forEach(batch -> used.add(batch.partition.topic()));
        cluster.use(used);
        ProduceExchange exchange;
        CompletionStage<Answer> sent;
        try {
            exchange = new ProduceExchange(batches, seen, settings.acks(), (int) settings.requestTimeoutMs());
            sent = cluster.send(nodeId, exchange.request(), settings.requestTimeoutMs());
        } catch (RuntimeException refused) {
            tell(() -> core.failed(requestId, refused, clockMs.getAsLong()));
            return;
        }
        sent.whenComplete((answer, failure) -> {
            if (answer == null) {
                tellHere(() -> core.failed(requestId, Failures.cause(failure), clockMs.getAsLong()));
                return;
            }
            Map<TopicPartition, PartitionAnswer> answers;
            try (answer) {
                answers = exchange.read(answer.as(ProduceResponse.class));
            }
            tellHere(() -> core.answered(requestId, answers, clockMs.getAsLong(), cluster.view()));
        });
    }

    private void askIdentity() {
        cluster.sendToAny(ProduceExchange.identityRequest(), settings.requestTimeoutMs())
                .whenComplete((answer, failure) -> {
                    if (answer == null) {
                        tell(() -> core.notIdentified(Failures.cause(failure), clockMs.getAsLong()));
                        return;
                    }
                    InitProducerIdResponseData data;
                    try (answer) {
                        data = answer.as(InitProducerIdResponse.class).data();
                    }
                    Errors error = Errors.forCode(data.errorCode());
                    tell(() -> {
                        if (error == Errors.NONE) {
                            core.identified(new ProducerIdentity(data.producerId(), data.producerEpoch()));
                        } else {
                            core.notIdentified(error.exception(), clockMs.getAsLong());
                        }
                    });
                });
    }
}
