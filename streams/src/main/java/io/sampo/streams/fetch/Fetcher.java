package io.sampo.streams.fetch;

import io.sampo.streams.connection.Cluster;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.apache.kafka.common.TopicPartition;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.DispatcherSelector;

/// Fetches the partitions of one consumption, as far as there is demand.
///
/// - Nothing is asked of a broker before the first [#poll]. From then on, chunks are fetched ahead, until what was
///   fetched and not closed fills `sampo.prefetch.max.bytes`. A single batch larger than what was asked for comes all
///   the same, at most one for each broker at a time.
/// - Each record that can be read from a partition's start position on comes once, in the order of offsets, for as long
///   as the partition is neither sought nor reset (`auto.offset.reset`).
/// - Errors that pass by themselves (a leader that moves, a broker that is gone) are retried without end, with pauses
///   of `retry.backoff.ms` to `retry.backoff.max.ms`; others come out of [#poll] as a [FetchFailure].
///
/// Thread rule: any thread. Stages complete on the thread of the fetcher, which must not be held up.
public final class Fetcher implements AutoCloseable {
    private static final AtomicLong COUNT = new AtomicLong();

    private final ActorRef<FetcherActor.Command> actor;
    private volatile boolean closed;

    private Fetcher(ActorRef<FetcherActor.Command> actor) {
        this.actor = actor;
    }

    /// @param system where it runs, on the default dispatcher
    /// @param cluster stays open after the fetcher
    public static Fetcher start(ActorSystem<?> system, Cluster cluster, FetchSettings settings) {
        // Pauses are measured on a clock that nobody sets; it agrees with the wall clock as of now.
        long startedNanos = System.nanoTime();
        long startedMs = System.currentTimeMillis();
        LongSupplier nowMs = () -> startedMs + (System.nanoTime() - startedNanos) / 1_000_000;
        RandomGenerator spread = () -> ThreadLocalRandom.current().nextLong();
        return new Fetcher(system.systemActorOf(
                FetcherActor.create(cluster, settings, nowMs, spread),
                "sampo-fetcher-" + COUNT.incrementAndGet(),
                DispatcherSelector.defaultDispatcher()));
    }

    /// For tests: it ends when the fetcher is closed, its questions are answered and its chunks closed.
    ActorRef<?> actor() {
        return actor;
    }

    /// Reads these partitions too. One that is read already begins anew, as by [#seek].
    ///
    /// @return completes when polls may give chunks of them; offsets are looked up when there is demand. Fails with
    ///     a [java.util.concurrent.CancellationException] after [#close], as all calls do
    public CompletionStage<Void> add(Map<TopicPartition, StartPosition> partitions) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        return tell(new FetcherActor.Command.Add(Map.copyOf(partitions), false, done), done);
    }

    /// Does not read these partitions any more. Chunks of them that wait are dropped and their memory is given back;
    /// those that were handed out stay valid until they are closed.
    ///
    /// @return completes when no later poll gives anything of them
    public CompletionStage<Void> remove(Set<TopicPartition> partitions) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        return tell(new FetcherActor.Command.Remove(Set.copyOf(partitions), done), done);
    }

    /// Goes on elsewhere; also how a partition that has failed, or has come to its end, is read again. What waits of it
    /// is dropped.
    ///
    /// @return completes when polls give nothing from before; fails with an [IllegalArgumentException] when the
    ///     partition is not read
    public CompletionStage<Void> seek(TopicPartition partition, StartPosition where) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        return tell(new FetcherActor.Command.Add(Map.of(partition, where), true, done), done);
    }

    /// The next chunk, of whichever partition; partitions take turns. One poll may be outstanding.
    ///
    /// @return completes when something is there: also with a chunk that only tells that a partition has come
    ///     to its end. Whoever gets it closes it. Fails with a [FetchFailure] when a partition cannot be read on,
    ///     and polls go on with the others; with an [IllegalStateException] while another poll is outstanding.
    ///     One that was cancelled takes nothing away
    public CompletionStage<Chunk> poll() {
        CompletableFuture<Chunk> result = new CompletableFuture<>();
        return tell(new FetcherActor.Command.Poll(result), result);
    }

    /// How far each partition is.
    public CompletionStage<Map<TopicPartition, PartitionProgress>> progress() {
        CompletableFuture<Map<TopicPartition, PartitionProgress>> result = new CompletableFuture<>();
        return tell(new FetcherActor.Command.Progress(result), result);
    }

    /// After [#close] the actor may have ended, and nobody would answer.
    private <T> CompletionStage<T> tell(FetcherActor.Command command, CompletableFuture<T> answer) {
        actor.tell(command);
        if (closed) {
            answer.completeExceptionally(new CancellationException("the fetcher was closed"));
        }
        return answer;
    }

    /// Ends fetching: an outstanding poll fails with a [java.util.concurrent.CancellationException], chunks that wait
    /// are dropped, brokers are told to forget their sessions. Does not wait for any of that. Chunks that were
    /// handed out stay valid until they are closed.
    @Override
    public void close() {
        closed = true;
        actor.tell(new FetcherActor.Command.Close(new CompletableFuture<>()));
    }
}
