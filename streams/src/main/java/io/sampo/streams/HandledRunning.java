package io.sampo.streams;

import io.sampo.streams.connection.Failures;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.TopicPartition;
import org.apache.pekko.Done;

/// A reading whose records are handled: it has ended when both have, and failed when one of them has.
///
/// @param completion of both, with the failure that came first
record HandledRunning(Running reading, CompletionStage<Done> completion) implements Running {

    static HandledRunning of(Running reading, CompletionStage<Done> handled) {
        // A handler's failure cancels the reading, which then ends in good order: the handler's comes first.
        return new HandledRunning(reading, Failures.seenBy(handled.thenCompose(_ -> reading.completion())));
    }

    @Override
    public Set<TopicPartition> assignment() {
        return reading.assignment();
    }

    @Override
    public CompletionStage<Lag> lag() {
        return reading.lag();
    }

    @Override
    public CompletionStage<Void> seek(Map<TopicPartition, Long> offsets) {
        return reading.seek(offsets);
    }

    @Override
    public CompletionStage<Done> drain(Duration limit) {
        var _ = reading.drain(limit);
        return completion;
    }

    @Override
    public void close() {
        reading.close();
        completion.handle((_, _) -> Done.getInstance()).toCompletableFuture().join();
    }
}
