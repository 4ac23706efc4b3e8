package io.sampo.streams.group;

import java.util.Set;
import java.util.function.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Message;

/// A broker's coordinator for one group, as far as members can tell it from a real one.
interface SimulatedCoordinator {
    boolean knows(String memberId);

    /// What is due to this member, as far as it can know; nothing to one that the group does not know.
    Set<TopicPartition> assigned(String memberId);

    /// -1: nobody has committed.
    long committed(TopicPartition partition);

    boolean isStable();

    int size();

    int nodeId();

    int rebalances();

    /// Another node takes over with what was written; requests that are held are never answered.
    void move(long nowMs, long loadingMs);

    /// @param reply may be called later
    void handle(ApiMessage request, long nowMs, Consumer<Message> reply);

    void tick(long nowMs);
}
