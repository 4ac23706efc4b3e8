package io.sampo.streams.consume;

import io.sampo.streams.group.GroupListener;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/// Brings what the group says to the stage.
record MemberListener(Consumer<GroupSignal> signals) implements GroupListener {
    @Override
    public void assigned(Map<TopicPartition, Optional<OffsetAndMetadata>> added, Set<TopicPartition> all) {
        signals.accept(new GroupSignal.Assigned(added));
    }

    @Override
    public void revoke(Set<TopicPartition> partitions, Runnable done) {
        signals.accept(new GroupSignal.Revoke(partitions, done));
    }

    @Override
    public void lost(Set<TopicPartition> partitions) {
        signals.accept(new GroupSignal.Lost(partitions));
    }

    @Override
    public void failed(Throwable cause) {
        signals.accept(new GroupSignal.MembershipFailed(cause));
    }
}
