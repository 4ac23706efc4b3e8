package io.sampo.streams.group;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.ApiMessage;

/// What is to be done, in order.
sealed interface Effect {
    /// To the group's coordinator.
    ///
    /// @param timeoutMs to the answer
    record Send(long requestId, ApiMessage request, long timeoutMs) implements Effect {}

    /// The coordinator that was asked last is none.
    record ForgetCoordinator() implements Effect {}

    /// Newer metadata of these, answered with `Seen` or `NotRefreshed`.
    record Refresh(Set<String> topics) implements Effect {}

    record Assigned(Map<TopicPartition, Optional<OffsetAndMetadata>> added, Set<TopicPartition> all)
            implements Effect {}

    /// Answered with `Drained`.
    record Revoke(long revocationId, Set<TopicPartition> partitions) implements Effect {}

    record Lost(Set<TopicPartition> partitions, String why) implements Effect {}

    record Failed(Throwable cause) implements Effect {}

    record Committed(long commitId) implements Effect {}

    record NotCommitted(long commitId, CommitFailed failure) implements Effect {}

    record Closed() implements Effect {}
}
