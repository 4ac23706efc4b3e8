package io.sampo.streams;

/// Which records a handler is given one after the other. How many partitions a topic has does not matter for
/// how many are worked on at a time.
///
/// {@snippet file="ConsumingGuideTest.java" region="handle"}
public enum Ordering {
    /// Each record only when the one before it in its partition is done: Kafka's order.
    PARTITION,

    /// Each record only when the one before it with the same key is done. Records without a key wait for nobody.
    KEY,

    /// Nobody waits for anybody.
    NONE
}
