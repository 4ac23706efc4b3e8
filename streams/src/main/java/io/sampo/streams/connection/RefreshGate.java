package io.sampo.streams.connection;

import java.util.HashSet;
import java.util.Set;

/// When metadata is asked for. Deterministic: time comes as an argument. Not thread-safe.
///
/// One question is under way at a time. What is wanted meanwhile is answered by the next one, as the answer under way
/// may have been made before. Between two lies a pause of `retry.backoff.ms`, growing to `retry.backoff.max.ms` while
/// they fail; only a topic that was never asked for does not wait for it after a success.
final class RefreshGate {

    private final Backoff backoff;
    private final long maxAgeMs;
    private final Set<String> asked = new HashSet<>();
    private boolean wanted;
    private boolean wantsNewTopic;
    private boolean underWay;
    private int failures;
    private boolean endedOnce;
    private long endedMs;
    private long pauseMs;

    /// @param maxAgeMs `metadata.max.age.ms`: after so long it is asked for unasked
    RefreshGate(Backoff backoff, long maxAgeMs) {
        this.backoff = backoff;
        this.maxAgeMs = maxAgeMs;
    }

    void want(Set<String> topics) {
        wanted = true;
        wantsNewTopic |= asked.addAll(topics);
    }

    /// All topics that somebody has asked for.
    Set<String> topics() {
        return Set.copyOf(asked);
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

    void begin() {
        underWay = true;
        wanted = false;
        wantsNewTopic = false;
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
