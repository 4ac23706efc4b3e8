package io.sampo.streams.admin;

import java.util.Map;

/// A topic to be created.
///
/// {@snippet file="AdminGuideTest.java" region="topics"}
///
/// @param partitions -1: the broker's `num.partitions`
/// @param replicationFactor -1: the broker's `default.replication.factor`
/// @param configs of the topic, by Kafka's names
public record NewTopic(String name, int partitions, int replicationFactor, Map<String, String> configs) {

    public NewTopic {
        configs = Map.copyOf(configs);
    }

    /// With the broker's defaults for all else.
    public static NewTopic named(String name) {
        return new NewTopic(name, -1, -1, Map.of());
    }

    /// @param newPartitions at least 1; -1: the broker's `num.partitions`
    public NewTopic withPartitions(int newPartitions) {
        return new NewTopic(name, newPartitions, replicationFactor, configs);
    }

    /// @param newReplicationFactor at most the number of brokers; -1: the broker's
    ///     `default.replication.factor`
    public NewTopic withReplicationFactor(int newReplicationFactor) {
        return new NewTopic(name, partitions, newReplicationFactor, configs);
    }

    /// @param newConfigs instead of all that it had; nobody looks at them before the broker does
    public NewTopic withConfigs(Map<String, String> newConfigs) {
        return new NewTopic(name, partitions, replicationFactor, newConfigs);
    }
}
