package io.sampo.streams.group;

import io.sampo.streams.connection.ClusterView;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;

/// Settings and views that tests share.
final class TestGroups {
    static final GroupSettings.Times TIMES =
            new GroupSettings.Times(6_000, 1_000, 10_000, 3_000, 4_000, 8_000, 100, 1_000, 5_000);

    private TestGroups() {}

    static GroupSettings settings(String... assignors) {
        return new GroupSettings(
                "g",
                Optional.empty(),
                GroupSettings.Protocol.CLASSIC,
                List.of(assignors),
                Optional.empty(),
                Optional.empty(),
                TIMES);
    }

    /// For tests in real time: quick heartbeats, and limits that a busy machine does not reach.
    static GroupSettings patient(String assignor) {
        GroupSettings settings = settings(assignor);
        return new GroupSettings(
                settings.groupId(),
                settings.groupInstanceId(),
                settings.protocol(),
                settings.assignors(),
                settings.remoteAssignor(),
                settings.rack(),
                new GroupSettings.Times(60_000, 200, 60_000, 50_000, 40_000, 60_000, 50, 500, 300_000));
    }

    /// In the consumer protocol.
    static GroupSettings consumer(GroupSettings settings) {
        return new GroupSettings(
                settings.groupId(),
                settings.groupInstanceId(),
                GroupSettings.Protocol.CONSUMER,
                settings.assignors(),
                settings.remoteAssignor(),
                settings.rack(),
                settings.times());
    }

    static GroupSettings consumer() {
        return consumer(settings("range"));
    }

    static Uuid topicId(String name) {
        return new Uuid(848, name.hashCode());
    }

    static GroupSettings asStatic(GroupSettings settings, String instanceId) {
        return new GroupSettings(
                settings.groupId(),
                Optional.of(instanceId),
                settings.protocol(),
                settings.assignors(),
                settings.remoteAssignor(),
                settings.rack(),
                settings.times());
    }

    static ClusterView view(Map<String, Integer> partitionCounts) {
        Map<String, ClusterView.Topic> topics = new HashMap<>();
        partitionCounts.forEach((name, count) -> {
            List<ClusterView.Partition> partitions = new ArrayList<>();
            for (int index = 0; index < count; index++) {
                partitions.add(new ClusterView.Partition(index, OptionalInt.of(1), 0, List.of(1)));
            }
            topics.put(name, new ClusterView.Topic(name, topicId(name), Errors.NONE, partitions));
        });
        return new ClusterView(
                Optional.of("c"), Map.of(1, new ClusterView.Node(1, "localhost", 9092, Optional.empty())), topics);
    }

    static ClusterView viewWithError(String topic, Errors error) {
        return new ClusterView(
                Optional.of("c"),
                Map.of(1, new ClusterView.Node(1, "localhost", 9092, Optional.empty())),
                Map.of(topic, new ClusterView.Topic(topic, Uuid.ZERO_UUID, error, List.of())));
    }

    static TopicPartition partition(String topic, int index) {
        return new TopicPartition(topic, index);
    }
}
