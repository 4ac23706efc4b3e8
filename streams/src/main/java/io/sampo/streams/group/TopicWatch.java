package io.sampo.streams.group;

import io.sampo.streams.connection.ClusterView;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// What a member reads, what is known of that, and - while it leads - for how many partitions it made its
/// assignment. Decides when metadata is fetched, and whether an assignment is out of date.
final class TopicWatch {
    private final Outbox outbox;
    private final GroupSettings.Times times;
    private final Backoff backoff;

    private Set<String> topics = Set.of();
    private ClusterView view = ClusterView.EMPTY;
    private long refreshAtMs = Membership.NEVER;

    /// By topic that somebody in the group reads; 0: there is none. Null: another member leads.
    private @Nullable Map<String, Integer> assignedCounts;

    TopicWatch(Outbox outbox, GroupSettings.Times times, Backoff backoff) {
        this.outbox = outbox;
        this.times = times;
        this.backoff = backoff;
    }

    Set<String> topics() {
        return topics;
    }

    ClusterView view() {
        return view;
    }

    void read(Set<String> names) {
        topics = Set.copyOf(names);
    }

    void refresh(Set<String> names) {
        refreshAtMs = Membership.NEVER;
        outbox.add(new Effect.Refresh(names));
    }

    /// @return why the member cannot go on: a topic that it must not read
    Optional<Throwable> seen(ClusterView newView) {
        view = newView;
        refreshAtMs = outbox.nowMs() + Math.max(1, Math.max(times.metadataMaxAgeMs(), times.retryBackoffMs()));
        for (String name : topics) {
            Errors error = view.topic(name).map(ClusterView.Topic::error).orElse(Errors.NONE);
            if (Verdict.of(error) == Verdict.FATAL) {
                return Optional.of(error.exception("Topic " + name + ": " + error.message()));
            }
        }
        return Optional.empty();
    }

    void notSeen() {
        refreshAtMs = outbox.nowMs() + Math.max(1, backoff.nextMs());
    }

    /// @return those of them of which nothing was heard
    Set<String> unheardOf(Set<String> names) {
        Set<String> unheardOf = new HashSet<>(names);
        unheardOf.removeIf(name -> view.topics().containsKey(name));
        return unheardOf;
    }

    /// The member leads, and the assignment is made of what is known now.
    ///
    /// @param names all that somebody in the group reads
    void lead(Set<String> names) {
        assignedCounts = counts(names, Map.of());
    }

    /// Another member watches over the group's topics.
    void follow() {
        assignedCounts = null;
    }

    /// Whether the assignment that this member made would be another one now.
    boolean isOutdated() {
        Map<String, Integer> assigned = assignedCounts;
        return assigned != null && !counts(assigned.keySet(), assigned).equals(assigned);
    }

    /// @param before is believed of topics about which nothing is known now
    private Map<String, Integer> counts(Set<String> names, Map<String, Integer> before) {
        Map<String, Integer> counts = new HashMap<>();
        for (String name : names) {
            ClusterView.Topic topic = view.topics().get(name);
            if (topic != null && (topic.error() == Errors.NONE || topic.error() == Errors.UNKNOWN_TOPIC_OR_PARTITION)) {
                counts.put(name, topic.partitions().size());
            } else {
                counts.put(name, before.getOrDefault(name, 0));
            }
        }
        return counts;
    }

    void elapse() {
        if (refreshAtMs <= outbox.nowMs()) {
            Set<String> names = new HashSet<>(topics);
            if (assignedCounts != null) {
                names.addAll(assignedCounts.keySet());
            }
            refresh(names);
        }
    }

    long wakeAtMs() {
        return refreshAtMs;
    }
}
