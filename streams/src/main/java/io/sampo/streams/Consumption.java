package io.sampo.streams;

import io.sampo.streams.handle.Handling;
import io.sampo.streams.handle.WorkEnd;
import io.sampo.streams.handle.WorkSink;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.pekko.Done;
import org.apache.pekko.stream.javadsl.Keep;

/// How records of a topic are worked on; immutable, each method gives a changed one.
///
/// A record counts as done when its handler returned. It is committed when all before it in its partition are done,
/// too. A handler may take as long as it needs: the group notices nothing of it.
///
/// What happens twice: a record whose handler returned and that was not committed yet when the process ended is
/// handled again.
///
/// {@snippet file="ConsumingGuideTest.java" region="handle"}
public final class Consumption<K, V> {
    private static final int DEFAULT_CONCURRENCY = 64;
    private static final Duration DEFAULT_FIRST_PAUSE = Duration.ofMillis(500);
    private static final Duration DEFAULT_LONGEST_PAUSE = Duration.ofSeconds(30);

    /// Work on one record on a thread that may wait.
    @FunctionalInterface
    public interface Handler<K, V> {
        /// @throws Exception the record is tried again, as [Retry] says
        void handle(Event<K, V> event) throws Exception;
    }

    private record Manner(Ordering ordering, int concurrency, Retry retry, Restart restart) {}

    private final StreamClient client;
    private final Topic<K, V> topic;
    private final Group group;
    private final Manner manner;

    private Consumption(StreamClient client, Topic<K, V> topic, Group group, Manner manner) {
        this.client = client;
        this.topic = topic;
        this.group = group;
        this.manner = manner;
    }

    static <K, V> Consumption<K, V> of(StreamClient client, Topic<K, V> topic, Group group) {
        Restart restart = Restart.exponential(DEFAULT_FIRST_PAUSE, DEFAULT_LONGEST_PAUSE);
        Manner manner = new Manner(Ordering.PARTITION, DEFAULT_CONCURRENCY, Retry.never(), restart);
        return new Consumption<>(client, topic, group, manner);
    }

    private Consumption<K, V> with(Manner changed) {
        return new Consumption<>(client, topic, group, changed);
    }

    /// Which records wait for each other. Default: [Ordering#PARTITION].
    public Consumption<K, V> ordering(Ordering ordering) {
        return with(new Manner(ordering, manner.concurrency, manner.retry, manner.restart));
    }

    /// How many records are worked on at a time, whatever the number of partitions; at least 1. Default: 64, of
    /// which [Ordering#PARTITION] uses one for each partition.
    ///
    /// @throws IllegalArgumentException when it is less than 1
    public Consumption<K, V> concurrency(int concurrency) {
        if (concurrency < 1) {
            throw new IllegalArgumentException("concurrency " + concurrency + " is not positive");
        }
        return with(new Manner(manner.ordering, concurrency, manner.retry, manner.restart));
    }

    /// What becomes of a record whose handler fails. Default: [Retry#never].
    public Consumption<K, V> retry(Retry retry) {
        return with(new Manner(manner.ordering, manner.concurrency, retry, manner.restart));
    }

    /// When it begins anew after a failure that is not a handler's; [Running#restarts] tells of it. Default: always
    /// when the failure may pass, after half a second that doubles up to 30 seconds.
    public Consumption<K, V> restart(Restart restart) {
        return with(new Manner(manner.ordering, manner.concurrency, manner.retry, restart));
    }

    /// Starts: each record is given to `handler` on a virtual thread of its own.
    ///
    /// Each call starts a consumption of its own, another member of the group.
    ///
    /// @return [Running#completion] says why it ended
    public Running handle(Handler<? super K, ? super V> handler) {
        return run(
                raw -> {
                    Event<K, V> event = topic.decode(raw);
                    @SuppressWarnings("unchecked") // Events are read only.
                    Handler<K, V> narrow = (Handler<K, V>) handler;
                    narrow.handle(event);
                    return CompletableFuture.completedFuture(Done.getInstance());
                },
                task -> Thread.ofVirtual().name("sampo-handler").start(task));
    }

    /// Starts: each record is given to `handler`, which must not hold up its thread, and is done when the stage is.
    ///
    /// {@snippet file="ConsumingGuideTest.java" region="handle-async"}
    ///
    /// @param handler what it throws, and what its stage fails with, is a failure of the record, as is a
    ///     stage that is null
    /// @return [Running#completion] says why it ended
    public Running handleAsync(Function<? super Event<K, V>, ? extends CompletionStage<?>> handler) {
        return run(raw -> handler.apply(topic.decode(raw)), Runnable::run);
    }

    private Running run(Handling.Work work, Executor executor) {
        // Twice as many are held as are worked on, so that nobody waits for the next fetch.
        int maxHeld = (int) Math.min(Integer.MAX_VALUE, 2L * manner.concurrency + 16);
        Handling handling = new Handling(
                manner.ordering, manner.concurrency, maxHeld, manner.retry, work, this::deadLetter, executor);
        return client.supervise(() -> run(handling), manner.restart);
    }

    private SupervisedRunning.Run run(Handling handling) {
        return topic.raw(group)
                .toMat(WorkSink.of(handling), Keep.both())
                .mapMaterializedValue(pair -> {
                    Running reading = pair.first();
                    WorkEnd work = pair.second();
                    return new SupervisedRunning.Run(
                            HandledRunning.of(reading, work.completion()),
                            work.atRest()
                                    .thenCombine(
                                            reading.completion().handle((_, _) -> Done.getInstance()),
                                            (done, _) -> done));
                })
                .run(client.system());
    }

    /// As it came, with where it came from and why it is there.
    private CompletionStage<?> deadLetter(
            String deadTopic, Event<byte[], byte[]> event, int attempts, Throwable failure) {
        RecordHeaders headers = new RecordHeaders(event.headers());
        header(headers, "sampo.dead.topic", event.topic());
        header(headers, "sampo.dead.partition", Integer.toString(event.partition()));
        header(headers, "sampo.dead.offset", Long.toString(event.offset()));
        header(headers, "sampo.dead.attempts", Integer.toString(attempts));
        header(headers, "sampo.dead.failure", failure.toString());
        OptionalLong timestampMs =
                event.timestampMs() < 0 ? OptionalLong.empty() : OptionalLong.of(event.timestampMs());
        return client.producer().send(deadTopic, OptionalInt.empty(), timestampMs, event.key(), event.value(), headers);
    }

    private static void header(RecordHeaders headers, String name, String value) {
        headers.add(name, value.getBytes(StandardCharsets.UTF_8));
    }
}
