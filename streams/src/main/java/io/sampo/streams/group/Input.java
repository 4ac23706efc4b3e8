package io.sampo.streams.group;

import io.sampo.streams.connection.ClusterView;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.Message;

/// What a member hears.
sealed interface Input {
    /// @param topics to begin with; for a pattern, those that match now
    record Start(Set<String> topics) implements Input {}

    /// Other topics from now on: they were changed, or others match.
    record Subscribed(Set<String> topics) implements Input {}

    record Seen(ClusterView view) implements Input {}

    record NotRefreshed(Throwable failure) implements Input {}

    /// @param response of an OffsetFetch: the group's part of it
    record Answered(long requestId, Message response) implements Input {}

    record NotAnswered(long requestId, Throwable failure) implements Input {}

    record Drained(long revocationId) implements Input {}

    record Commit(long commitId, Map<TopicPartition, OffsetAndMetadata> offsets) implements Input {}

    record Rewound(Set<TopicPartition> partitions) implements Input {}

    /// The coordinator said more of the membership than of the commit.
    record CommitRefused(String memberId, int generationId, Errors error) implements Input {}

    /// The listener threw.
    record ListenerBroke(Throwable failure) implements Input {}

    record Tick() implements Input {}

    record Close() implements Input {}
}
