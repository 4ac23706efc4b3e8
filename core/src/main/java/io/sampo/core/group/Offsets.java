package io.sampo.core.group;

import java.util.Collections;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Committed positions by group, topic and partition. Not thread-safe.
final class Offsets {
    private final NavigableMap<String, NavigableMap<String, NavigableMap<Integer, CommittedOffset>>> byGroup =
            new TreeMap<>();

    @Nullable
    CommittedOffset get(String groupId, String topic, int partition) {
        return byTopic(groupId)
                .getOrDefault(topic, Collections.emptyNavigableMap())
                .get(partition);
    }

    /// Topic to partition to position; empty for a group without any.
    NavigableMap<String, NavigableMap<Integer, CommittedOffset>> byTopic(String groupId) {
        return byGroup.getOrDefault(groupId, Collections.emptyNavigableMap());
    }

    Map<String, NavigableMap<String, NavigableMap<Integer, CommittedOffset>>> byGroup() {
        return byGroup;
    }

    /// @param value null removes
    /// @return the former value
    @Nullable
    CommittedOffset set(String groupId, String topic, int partition, @Nullable CommittedOffset value) {
        if (value != null) {
            return byGroup.computeIfAbsent(groupId, _ -> new TreeMap<>())
                    .computeIfAbsent(topic, _ -> new TreeMap<>())
                    .put(partition, value);
        }
        NavigableMap<String, NavigableMap<Integer, CommittedOffset>> topics = byGroup.get(groupId);
        NavigableMap<Integer, CommittedOffset> partitions = topics == null ? null : topics.get(topic);
        if (topics == null || partitions == null) {
            return null;
        }
        CommittedOffset removed = partitions.remove(partition);
        if (partitions.isEmpty()) {
            topics.remove(topic);
        }
        if (topics.isEmpty()) {
            byGroup.remove(groupId);
        }
        return removed;
    }
}
