package io.sampo.streams.consume;

import io.sampo.streams.Lag;
import io.sampo.streams.Running;
import io.sampo.streams.fetch.PartitionProgress;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.pekko.Done;

/// A reading with a group, as its user holds it.
///
/// @param progress of what is fetched now; any thread
/// @param signals tells the stage
record GroupRunning(
        GroupReading reading,
        Ownerships owned,
        Supplier<CompletionStage<Map<TopicPartition, PartitionProgress>>> progress,
        CompletionStage<Done> completion,
        Consumer<GroupSignal> signals)
        implements Running {

    @Override
    public Set<TopicPartition> assignment() {
        return owned.partitions();
    }

    @Override
    public CompletionStage<Lag> lag() {
        return progress.get()
                .thenApply(known -> Lags.of(
                        owned.all(),
                        known,
                        reading.settings().isolationLevel(),
                        reading.wallClockMs().getAsLong()));
    }

    @Override
    public CompletionStage<Void> seek(Map<TopicPartition, Long> offsets) {
        offsets.forEach((partition, offset) -> {
            if (offset < 0) {
                throw new IllegalArgumentException("offset " + offset + " of " + partition);
            }
        });
        CompletableFuture<Void> done = new CompletableFuture<>();
        signals.accept(new GroupSignal.Seek(Map.copyOf(offsets), done));
        // A stage that has ended hears nothing any more.
        var _ = completion()
                .whenComplete(
                        (_, _) -> done.completeExceptionally(new IllegalStateException("the consumption has ended")));
        return done.minimalCompletionStage();
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
