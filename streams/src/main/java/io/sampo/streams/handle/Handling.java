package io.sampo.streams.handle;

import io.sampo.streams.Event;
import io.sampo.streams.Ordering;
import io.sampo.streams.Retry;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/// How records are worked on.
///
/// @param concurrency handlers under way at a time, at least 1
/// @param maxHeld records that are held for handlers, those under way and those that pause included
/// @param work does the work of one record; a failure may be thrown or come by the stage. Called by a thread of
///     `executor`
/// @param deadLetters writes a record that is given up to the dead letter topic
/// @param executor runs each call of `work`; may give it a thread of its own
public record Handling(
        Ordering ordering,
        int concurrency,
        int maxHeld,
        Retry retry,
        Work work,
        DeadLetters deadLetters,
        Executor executor) {

    /// Work on one record, as it came.
    @FunctionalInterface
    public interface Work {
        /// @return completes when the work is done
        CompletionStage<?> apply(Event<byte[], byte[]> event) throws Exception;
    }

    @FunctionalInterface
    public interface DeadLetters {
        /// @param attempts that failed
        /// @return completes when the record is acknowledged there
        CompletionStage<?> write(String topic, Event<byte[], byte[]> event, int attempts, Throwable failure);
    }

    /// What waits for each other; null: it waits for nobody.
    @Nullable
    Object lane(Event<byte[], byte[]> event) {
        return switch (ordering) {
            case PARTITION -> new TopicPartition(event.topic(), event.partition());
            case KEY -> {
                byte[] key = event.key();
                yield key == null ? null : new Key(event.topic(), event.partition(), ByteBuffer.wrap(key));
            }
            case NONE -> null;
        };
    }

    private record Key(String topic, int partition, ByteBuffer bytes) {}
}
