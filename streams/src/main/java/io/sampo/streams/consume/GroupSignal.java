package io.sampo.streams.consume;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/// What reaches a [GroupCourse] from other threads.
sealed interface GroupSignal {

    /// @param added each with its committed offset; empty: none
    record Assigned(Map<TopicPartition, Optional<OffsetAndMetadata>> added) implements GroupSignal {}

    /// @param done to be called when nothing of them is out and what is done is committed
    record Revoke(Set<TopicPartition> partitions, Runnable done) implements GroupSignal {}

    record Lost(Set<TopicPartition> partitions) implements GroupSignal {}

    record MembershipFailed(Throwable cause) implements GroupSignal {}

    /// What was to be revoked is committed and given up.
    record Gone(List<Owned> partitions) implements GroupSignal {}

    /// @param failure null when they are committed
    record Committed(
            Map<TopicPartition, OffsetAndMetadata> offsets,
            @Nullable Throwable failure) implements GroupSignal {}

    record Drain(long limitMs) implements GroupSignal {}

    /// @param offsets of the records that are to come next
    /// @param done hears how it ends
    record Seek(Map<TopicPartition, Long> offsets, CompletableFuture<Void> done) implements GroupSignal {}

    /// Nothing that was read before comes any more of partitions that are to be read elsewhere.
    ///
    /// @param targets the ownerships that end by it, with the offsets where the next ones begin
    /// @param done hears how it ends
    record Halted(Map<Owned, Long> targets, CompletableFuture<Void> done) implements GroupSignal {}

    /// There is room for deliveries again, or a partition has nothing out any more.
    enum Acknowledged implements GroupSignal {
        INSTANCE
    }

    /// The group is left.
    enum Left implements GroupSignal {
        INSTANCE
    }
}
