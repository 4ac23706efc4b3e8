package io.sampo.streams.admin;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;

/// A group and who is in it.
///
/// {@snippet file="AdminGuideTest.java" region="groups"}
///
/// @param state as the broker names it: `Stable`, `Empty`, `PreparingRebalance`, `Assigning`, ...
/// @param assignor that divides the partitions; empty while nobody has chosen one
/// @param coordinator node id
public record GroupDescription(String groupId, String state, String assignor, int coordinator, List<Member> members) {

    /// Who is in the group.
    ///
    /// @param instanceId `group.instance.id` of a static member
    /// @param host as the broker sees it
    /// @param assignment what it may consume now
    public record Member(
            String memberId,
            Optional<String> instanceId,
            String clientId,
            String host,
            Set<TopicPartition> assignment) {}
}
