package io.sampo.streams.consume;

import io.sampo.streams.fetch.Chunk;
import org.apache.pekko.stream.stage.AsyncCallback;
import org.jspecify.annotations.Nullable;
import scala.concurrent.ExecutionContext;

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
        // Not by a Java stage of the future, which would wake a thread of the common pool for each chunk.
        stage.invokeWithFeedback(polled)
                .onComplete(
                        heard -> {
                            if (heard.isFailure()) {
                                chunk.close();
                            }
                            return heard;
                        },
                        ExecutionContext.parasitic$.MODULE$);
    }
}
