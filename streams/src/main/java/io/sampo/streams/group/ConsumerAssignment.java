package io.sampo.streams.group;

import io.sampo.streams.connection.ClusterView;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.protocol.Errors;

/// What the coordinator last gave to a member, by topic id, and which names these ids have. A topic whose
/// name is not known yet waits for metadata; it counts as owned all the same, as it may be taken at any time.
final class ConsumerAssignment {
    private final Map<Uuid, SortedSet<Integer>> given = new HashMap<>();
    /// Under which id each partition was taken. A topic that was deleted and made again has another one.
    private final Map<TopicPartition, Uuid> taken = new HashMap<>();
    private final Map<Uuid, String> names = new HashMap<>();

    void become(ConsumerGroupHeartbeatResponseData.Assignment assignment) {
        given.clear();
        assignment
                .topicPartitions()
                .forEach(topic -> given.computeIfAbsent(topic.topicId(), _ -> new TreeSet<>())
                        .addAll(topic.partitions()));
    }

    void forget() {
        given.clear();
        taken.clear();
        names.clear();
    }

    /// What the member may have, less what it has of the topic's predecessor.
    ///
    /// @param held what the listener has
    Set<TopicPartition> resolve(ClusterView view, Set<TopicPartition> held) {
        taken.entrySet().removeIf(one -> !held.contains(one.getKey()) && !isGiven(one.getKey(), one.getValue()));
        names.keySet().removeIf(id -> !given.containsKey(id));
        for (ClusterView.Topic topic : view.topics().values()) {
            if (topic.error() == Errors.NONE && given.containsKey(topic.id())) {
                names.put(topic.id(), topic.name());
            }
        }
        Set<TopicPartition> resolved = new HashSet<>();
        names.forEach((id, name) -> {
            for (int index : given.getOrDefault(id, Collections.emptySortedSet())) {
                TopicPartition partition = new TopicPartition(name, index);
                if (taken.computeIfAbsent(partition, _ -> id).equals(id)) {
                    resolved.add(partition);
                }
            }
        });
        return resolved;
    }

    private boolean isGiven(TopicPartition partition, Uuid id) {
        SortedSet<Integer> indexes = given.get(id);
        return indexes != null && indexes.contains(partition.partition());
    }

    /// Whether a topic is among it whose name was not known when it was last resolved.
    boolean isUnresolved() {
        return !names.keySet().containsAll(given.keySet());
    }

    /// What the coordinator must not give to others: all that was given, and all that the listener still has.
    ///
    /// @param held what the listener has
    Map<Uuid, SortedSet<Integer>> owned(Set<TopicPartition> held) {
        Map<Uuid, SortedSet<Integer>> owned = new TreeMap<>();
        given.forEach((id, indexes) -> owned.put(id, new TreeSet<>(indexes)));
        for (TopicPartition partition : held) {
            Uuid id = taken.get(partition);
            if (id != null) {
                owned.computeIfAbsent(id, _ -> new TreeSet<>()).add(partition.partition());
            }
        }
        owned.values().removeIf(Set::isEmpty);
        return owned;
    }
}
