package io.sampo.streams.connection;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/// When metadata is asked for. Deterministic: time comes as an argument. Not thread-safe.
///
/// One question is under way at a time. What is wanted meanwhile is answered by the next one, as the answer under way
/// may have been made before. Between two lies a pause of `retry.backoff.ms`, growing to `retry.backoff.max.ms` while
/// they fail; only a topic that was never asked for does not wait for it after a success.
///
/// A topic that nobody has asked for, nor said to be in use, for `metadata.max.idle.ms` is forgotten by the next
/// question, unless it is that question which is to bring it.
final class RefreshGate {

    private final Backoff backoff;
    private final long maxAgeMs;
    private final long maxIdleMs;
    /// When somebody last asked for a topic, or used it.
    private final Map<String, Long> usedMs = new HashMap<>();
    /// Asked for since the last question: whoever waits for its answer is to find them in it.
    private final Set<String> wantedTopics = new HashSet<>();
    private boolean wanted;
    private boolean wantsNewTopic;
    private boolean underWay;
    private int failures;
    private boolean endedOnce;
    private long endedMs;
    private long pauseMs;

    /// @param maxAgeMs `metadata.max.age.ms`: after so long it is asked for unasked
    /// @param maxIdleMs `metadata.max.idle.ms`
    RefreshGate(Backoff backoff, long maxAgeMs, long maxIdleMs) {
        this.backoff = backoff;
        this.maxAgeMs = maxAgeMs;
        this.maxIdleMs = maxIdleMs;
    }

    void want(Set<String> topics, long nowMs) {
        wanted = true;
        wantsNewTopic |= !usedMs.keySet().containsAll(topics);
        wantedTopics.addAll(topics);
        use(topics, nowMs);
    }

    /// They are in use, and nothing is wanted of them now.
    void use(Collection<String> topics, long nowMs) {
        topics.forEach(topic -> usedMs.put(topic, nowMs));
    }

    /// All topics that are not forgotten.
    Set<String> topics() {
        return Set.copyOf(usedMs.keySet());
    }

    /// Milliseconds until a question should be sent: 0 now, -1 not before something else happens.
    long waitMs(long nowMs) {
        if (underWay) {
            return -1;
        }
        if (!endedOnce) {
            return wanted ? 0 : -1;
        }
        if (!wanted) {
            return Math.max(0, endedMs + Math.max(maxAgeMs, pauseMs) - nowMs);
        }
        if (wantsNewTopic && failures == 0) {
            return 0;
        }
        return Math.max(0, endedMs + pauseMs - nowMs);
    }

    /// @return topics that are forgotten from now on
    Set<String> begin(long nowMs) {
        Set<String> forgotten = new HashSet<>();
        usedMs.forEach((topic, lastMs) -> {
            if (nowMs - lastMs >= maxIdleMs && !wantedTopics.contains(topic)) {
                forgotten.add(topic);
            }
        });
        usedMs.keySet().removeAll(forgotten);
        underWay = true;
        wanted = false;
        wantsNewTopic = false;
        wantedTopics.clear();
        return forgotten;
    }

    /// @param random from 0 to 1, decides the jitter of the pause
    void end(boolean success, long nowMs, double random) {
        underWay = false;
        endedOnce = true;
        failures = success ? 0 : failures + 1;
        endedMs = nowMs;
        pauseMs = backoff.delayMs(Math.max(1, failures), random);
    }
}
