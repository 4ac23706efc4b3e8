package io.sampo.streams.group;

import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;

/// What a member was granted, what its listener has of that, and what the listener is giving back.
///
/// A partition is granted, then held (once its committed offset is known), then draining, then gone.
final class Ownership {
    /// @param deadlineMs then it is over, drained or not
    record Drain(long revocationId, Set<TopicPartition> partitions, long deadlineMs) {}

    /// By the last assignment, less what was given up since.
    private final Set<TopicPartition> granted = new HashSet<>();
    /// What the listener has, those that are draining among them.
    private final Set<TopicPartition> held = new HashSet<>();

    private final Map<Long, Drain> draining = new LinkedHashMap<>();
    private long lastRevocationId;

    Set<TopicPartition> granted() {
        return Set.copyOf(granted);
    }

    Set<TopicPartition> held() {
        return Set.copyOf(held);
    }

    /// Granted, and the listener does not have them yet.
    Set<TopicPartition> awaited() {
        Set<TopicPartition> awaited = new HashSet<>(granted);
        awaited.removeAll(held);
        return awaited;
    }

    /// What the listener has and keeps.
    Set<TopicPartition> kept() {
        Set<TopicPartition> kept = new HashSet<>(held);
        for (Drain drain : draining.values()) {
            kept.removeAll(drain.partitions());
        }
        return kept;
    }

    boolean isDraining() {
        return !draining.isEmpty();
    }

    void grant(Set<TopicPartition> partitions) {
        granted.clear();
        granted.addAll(partitions);
    }

    /// No longer claimed when the member joins.
    void renounce(Collection<TopicPartition> partitions) {
        granted.removeAll(partitions);
    }

    void handedOver(Collection<TopicPartition> partitions) {
        held.addAll(partitions);
    }

    Drain drain(Set<TopicPartition> partitions, long deadlineMs) {
        Drain drain = new Drain(++lastRevocationId, Set.copyOf(partitions), deadlineMs);
        draining.put(drain.revocationId(), drain);
        return drain;
    }

    /// @return whether it was still under way
    boolean drained(long revocationId) {
        Drain drain = draining.remove(revocationId);
        if (drain != null) {
            held.removeAll(drain.partitions());
            granted.removeAll(drain.partitions());
        }
        return drain != null;
    }

    /// The drains whose time is over.
    Collection<Drain> overdue(long nowMs) {
        return draining.values().stream()
                .filter(drain -> drain.deadlineMs() <= nowMs)
                .toList();
    }

    OptionalLong nextDeadlineMs() {
        return draining.values().stream().mapToLong(Drain::deadlineMs).min();
    }

    /// @return what the listener had
    Set<TopicPartition> loseAll() {
        Set<TopicPartition> lost = held();
        granted.clear();
        held.clear();
        draining.clear();
        return lost;
    }
}
