package io.sampo.streams.handle;

import io.sampo.streams.Delivery;
import io.sampo.streams.Event;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.Done;
import org.apache.pekko.stream.javadsl.Sink;

/// Has the work of deliveries done, in the order and with the concurrency that a [Handling] asks for, and
/// acknowledges
/// each when its work is done.
public final class WorkSink {
    private WorkSink() {}

    /// @return completes when the stream has ended and all work is done; fails with what ended it
    public static Sink<Delivery<Event<byte[], byte[]>>, CompletionStage<Done>> of(Handling handling) {
        return Sink.fromGraph(new WorkStage(handling));
    }
}
