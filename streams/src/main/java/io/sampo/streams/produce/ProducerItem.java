package io.sampo.streams.produce;

import java.util.OptionalInt;
import java.util.OptionalLong;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;

/// A record on its way through a stage of a [Producer], encoded already.
///
/// @param partition empty unless it must go to a certain one
/// @param timestampMs since the epoch; empty: when it is sent
/// @param key null: a partition is chosen that is filling
/// @param value null for a tombstone
/// @param passthrough comes out behind the stage with where the record is
public record ProducerItem<P>(
        String topic,
        OptionalInt partition,
        OptionalLong timestampMs,
        byte @Nullable [] key,
        byte @Nullable [] value,
        Headers headers,
        P passthrough) {

    public static <P> ProducerItem<P> of(String topic, byte @Nullable [] key, byte @Nullable [] value, P passthrough) {
        return new ProducerItem<>(
                topic, OptionalInt.empty(), OptionalLong.empty(), key, value, new RecordHeaders(), passthrough);
    }
}
