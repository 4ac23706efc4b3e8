package io.sampo.streams.fetch;

import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.requests.FetchMetadata;

/// What the rules want to be sent. Each but [Farewell] is followed by its answer, or by its failure.
sealed interface Ask {

    /// What a partition was asked with, so that an answer which is not about its present state is known as such.
    ///
    /// @param state the partition's state, by identity: one that was removed, added again or sought has another
    /// @param offset the position
    /// @param leaderEpoch -1 when unknown
    record Asked(PartitionState state, long offset, int leaderEpoch) {}

    /// Newer metadata.
    record Refresh(Set<String> topics) implements Ask {}

    /// @param asked every partition that the answer may have
    /// @param names of the topics that are asked by id
    /// @param fromLeader which of the partitions are read from their leader here, not from a preferred replica
    /// @param maxBytes are reserved
    record Fetch(
            int nodeId,
            FetchSession.Request request,
            Map<TopicPartition, Asked> asked,
            Map<Uuid, String> names,
            Set<TopicPartition> fromLeader,
            int maxBytes,
            int maxWaitMs)
            implements Ask {}

    /// @param lookups what each partition is asked
    record ListOffsets(int nodeId, Map<TopicPartition, Asked> asked, Map<TopicPartition, Lookup> lookups)
            implements Ask {}

    /// Where the log's part with the epoch of the position's record ends (KIP-320).
    record EpochEnds(int nodeId, Map<TopicPartition, Asked> asked) implements Ask {}

    /// A session is not used any more. Nobody waits for the answer.
    record Farewell(int nodeId, FetchMetadata metadata) implements Ask {}
}
