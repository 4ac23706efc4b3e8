package io.sampo.streams;

import java.util.concurrent.CompletionStage;
import org.apache.pekko.Done;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.javadsl.Flow;
import org.apache.pekko.stream.javadsl.Sink;

/// Ends of streams that acknowledge what arrives.
///
/// {@snippet file="DeliveryGuideTest.java" region="source"}
public final class Ack {
    private Ack() {}

    /// Acknowledges each delivery that arrives; its work is done by then.
    ///
    /// @return completes with the stream
    public static <T> Sink<Delivery<T>, CompletionStage<Done>> sink() {
        return Sink.foreach(Delivery::ack);
    }

    /// Acknowledges each delivery and hands on what it carries.
    public static <T> Flow<Delivery<T>, T, NotUsed> flow() {
        return Flow.<Delivery<T>>create().map(delivery -> {
            delivery.ack();
            return delivery.get();
        });
    }
}
