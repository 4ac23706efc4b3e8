package io.sampo.streams.consume;

import io.sampo.streams.Lag;
import io.sampo.streams.Running;
import io.sampo.streams.fetch.Fetcher;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.pekko.Done;
import org.jspecify.annotations.Nullable;

/// A reading with a group, as its user holds it.
///
/// @param fetcher null before the stream has started
/// @param signals tells the stage
record GroupRunning(
        GroupReading reading,
        Ownerships owned,
        Supplier<@Nullable Fetcher> fetcher,
        CompletableFuture<Done> ended,
        Consumer<GroupSignal> signals)
        implements Running {

    @Override
    public CompletionStage<Done> completion() {
        return ended.minimalCompletionStage();
    }

    @Override
    public Set<TopicPartition> assignment() {
        return owned.partitions();
    }

    @Override
    public CompletionStage<Lag> lag() {
        Fetcher reader = fetcher.get();
        return reader == null
                ? CompletableFuture.completedFuture(new Lag(Map.of()))
                : reader.progress()
                        .thenApply(progress -> Lags.of(
                                owned.all(), progress, reading.wallClockMs().getAsLong()));
    }

    @Override
    public CompletionStage<Done> drain(Duration limit) {
        signals.accept(new GroupSignal.Drain(limit.toMillis()));
        return completion();
    }

    @Override
    public void close() {
        drain(Duration.ofMillis(reading.settings().closeTimeoutMs()))
                .handle((_, _) -> Done.getInstance())
                .toCompletableFuture()
                .join();
    }
}
