package io.sampo.streams;

import org.apache.kafka.common.TopicPartition;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.javadsl.Source;

/// A partition that a group has given to this member, apart from all others; see [Topic#partitions].
///
/// {@snippet file="RunningGuideTest.java" region="partitions"}
///
/// @param source its records. Runs once; it may be run by any system, and at any time
public record PartitionSource<K, V>(TopicPartition partition, Source<Delivery<Event<K, V>>, NotUsed> source) {}
