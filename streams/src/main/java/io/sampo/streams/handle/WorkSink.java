package io.sampo.streams.handle;

import io.sampo.streams.Delivery;
import io.sampo.streams.Event;
import org.apache.pekko.stream.javadsl.Sink;

/// Has the work of deliveries done, in the order and with the concurrency that a [Handling] asks for, and
/// acknowledges
/// each when its work is done.
public final class WorkSink {
    private WorkSink() {}

    public static Sink<Delivery<Event<byte[], byte[]>>, WorkEnd> of(Handling handling) {
        return Sink.fromGraph(new WorkStage(handling));
    }
}
