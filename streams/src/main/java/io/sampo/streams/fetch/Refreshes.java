package io.sampo.streams.fetch;

import io.sampo.streams.connection.ClusterView;
import io.sampo.streams.connection.Pauses;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/// Which topics' metadata is too old, and when it is asked for: one refresh at a time, with pauses after failed ones.
///
/// Deterministic; one thread.
final class Refreshes {
    private final Pauses pauses;
    private final Set<String> staleTopics = new LinkedHashSet<>();
    /// Topics that were asked for because nothing was known of them; asked once, then as their partitions are retried.
    private final Set<String> introduced = new HashSet<>();
    private boolean underWay;
    private int failures;
    private long notBeforeMs = Long.MIN_VALUE;

    Refreshes(Pauses pauses) {
        this.pauses = pauses;
    }

    void stale(String topic) {
        staleTopics.add(topic);
    }

    /// A topic is read; the metadata of others' topics may not have it.
    void wanted(String topic, ClusterView view) {
        if (view.topic(topic).isEmpty() && introduced.add(topic)) {
            staleTopics.add(topic);
        }
    }

    Optional<Ask.Refresh> next(long nowMs) {
        if (staleTopics.isEmpty() || underWay || notBeforeMs > nowMs) {
            return Optional.empty();
        }
        underWay = true;
        Ask.Refresh ask = new Ask.Refresh(Set.copyOf(staleTopics));
        staleTopics.clear();
        return Optional.of(ask);
    }

    void answered() {
        underWay = false;
        failures = 0;
    }

    void failed(Ask.Refresh ask, long nowMs) {
        underWay = false;
        staleTopics.addAll(ask.topics());
        notBeforeMs = nowMs + pauses.afterMs(++failures);
    }

    OptionalLong wakeMs(long nowMs) {
        return staleTopics.isEmpty() || underWay || notBeforeMs <= nowMs
                ? OptionalLong.empty()
                : OptionalLong.of(notBeforeMs);
    }
}
