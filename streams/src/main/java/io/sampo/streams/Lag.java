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
    /// @param behind how old the oldest record is that is not done: by its timestamp and this machine's
    ///     clock. Of records that were not delivered yet nobody here knows the timestamp: when all that
    ///     were delivered are done, it is the age of the last of these, so that the truth is not more than
    ///     that (while timestamps ascend). Zero without lag; empty before the first record
    public record OfPartition(long committed, long end, Optional<Duration> behind) {
        /// How many offsets are not done. Offsets of records that compaction took away, and of markers of
        /// transactions, count too: there are at most so many records.
        public long records() {
            return Math.max(0, end - committed);
        }
    }

    public Lag {
        partitions = Map.copyOf(partitions);
    }

    /// Of all partitions together, each as [OfPartition#records] counts.
    public long records() {
        return partitions.values().stream().mapToLong(OfPartition::records).sum();
    }

    /// Of the partition that is furthest behind in time; empty when none of them knows.
    public Optional<Duration> behind() {
        return partitions.values().stream()
                .flatMap(partition -> partition.behind().stream())
                .max(Duration::compareTo);
    }
}
