package io.sampo.core.group;

import java.nio.ByteBuffer;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.internals.ConsumerProtocol;
import org.jspecify.annotations.Nullable;

/// Which topics a classic consumer group reads, as far as its members' opaque subscriptions tell. Needed to keep
/// the offsets of topics that are in use.
final class SubscribedTopics {
    private SubscribedTopics() {}

    /// @return null when it cannot be known: another protocol type, or a subscription that cannot be read
    static @Nullable Set<String> of(ClassicGroup group) {
        if (!group.usesConsumerProtocol()) {
            return null;
        }
        if (group.members().isEmpty()) {
            return Set.of();
        }
        if (group.protocolName() == null) {
            return null;
        }
        Set<String> topics = new TreeSet<>();
        try {
            for (Member member : group.members()) {
                ByteBuffer subscription = ByteBuffer.wrap(member.metadata(group.protocolName()));
                ConsumerProtocol.deserializeVersion(subscription);
                // Version 0 is a prefix of all versions.
                topics.addAll(ConsumerProtocol.deserializeConsumerProtocolSubscription(subscription, (short) 0)
                        .topics());
            }
        } catch (RuntimeException unreadable) {
            return null;
        }
        return topics;
    }
}
