package io.sampo.streams.consume;

import io.sampo.streams.fetch.Chunk;
import org.apache.pekko.stream.stage.AsyncCallback;
import org.jspecify.annotations.Nullable;
import scala.jdk.javaapi.FutureConverters;

/// How what a poll brought comes to the stage that asked. A stage that has ended hears nothing any more: a chunk that
/// comes too late for it gives its memory back here. Otherwise each end could keep a part of
/// `sampo.receive.memory.bytes` for ever.
final class ChunkArrival {
    private ChunkArrival() {}

    /// @param polled what the stage is told
    /// @param chunk that `polled` holds; null when it failed
    static <T> void tell(AsyncCallback<T> stage, T polled, @Nullable Chunk chunk) {
        if (chunk == null) {
            stage.invoke(polled);
            return;
        }
        var _ = FutureConverters.asJava(stage.invokeWithFeedback(polled)).whenComplete((_, ended) -> {
            if (ended != null) {
                chunk.close();
            }
        });
    }
}
