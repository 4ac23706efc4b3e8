package io.sampo.streams.consume;

import io.sampo.streams.Event;
import io.sampo.streams.fetch.FetchedRecord;
import org.apache.kafka.common.TopicPartition;

/// Makes what an application sees of a record that was fetched.
///
/// Thread rule: called by many threads at once.
@FunctionalInterface
public interface EventDecoder<K, V> {

    /// @param record valid until this returns
    /// @throws RuntimeException when its bytes do not stand for a key and a value
    Event<K, V> decode(TopicPartition partition, FetchedRecord record);
}
