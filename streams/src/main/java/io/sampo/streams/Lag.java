package io.sampo.streams;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;

/// How far a consumption is behind.
///
/// {@snippet file="ConsumingGuideTest.java" region="running"}
///
/// @param partitions those that it has now
public record Lag(Map<TopicPartition, OfPartition> partitions) {

    /// @param committed offset of the next record to be handled, as far as it was committed or could be now
    /// @param end exclusive; what could be read, as the broker said last
    /// @param behind age of the newest record that was handled when there are more; zero without lag; empty
    ///     before the first record
    public record OfPartition(long committed, long end, Optional<Duration> behind) {
        public long records() {
            return Math.max(0, end - committed);
        }
    }

    public Lag {
        partitions = Map.copyOf(partitions);
    }

    /// Of all partitions together.
    public long records() {
        return partitions.values().stream().mapToLong(OfPartition::records).sum();
    }

    /// Of the partition that is furthest behind; empty when none of them knows.
    public Optional<Duration> behind() {
        return partitions.values().stream()
                .flatMap(partition -> partition.behind().stream())
                .max(Duration::compareTo);
    }
}
