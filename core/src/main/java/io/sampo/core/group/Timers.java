package io.sampo.core.group;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Deadlines of one coordinator, as values: the shell asks for the earliest and comes back when it is due. Two
/// timers of one deadline fire in the order in which they were set.
final class Timers {

    enum Kind {
        /// Session of a member, or the lifetime of an id that was handed out.
        SESSION,
        /// End of the join phase.
        JOIN,
        /// End of the wait for the members' syncs.
        SYNC,
        /// Look for expired offsets.
        EXPIRY
    }

    /// @param memberId "" where the timer is one of the group
    record Key(Kind kind, String groupId, String memberId) {
        static Key session(String groupId, String memberId) {
            return new Key(Kind.SESSION, groupId, memberId);
        }

        static Key join(String groupId) {
            return new Key(Kind.JOIN, groupId, "");
        }

        static Key sync(String groupId) {
            return new Key(Kind.SYNC, groupId, "");
        }

        static final Key EXPIRY = new Key(Kind.EXPIRY, "", "");
    }

    @FunctionalInterface
    interface Action {
        void fire(Turn turn);
    }

    record Timer(Key key, long deadlineMs, long sequence, Action action) implements Comparable<Timer> {
        @Override
        public int compareTo(Timer other) {
            int byDeadline = Long.compare(deadlineMs, other.deadlineMs);
            return byDeadline != 0 ? byDeadline : Long.compare(sequence, other.sequence);
        }
    }

    private final Map<Key, Timer> byKey = new HashMap<>();
    private final TreeSet<Timer> byDeadline = new TreeSet<>();
    private long nextSequence;

    /// Sets the timer, in place of an earlier one of the same key.
    void schedule(Key key, long deadlineMs, Action action) {
        Timer timer = new Timer(key, deadlineMs, nextSequence++, action);
        Timer previous = byKey.put(key, timer);
        if (previous != null) {
            byDeadline.remove(previous);
        }
        byDeadline.add(timer);
    }

    void cancel(Key key) {
        Timer previous = byKey.remove(key);
        if (previous != null) {
            byDeadline.remove(previous);
        }
    }

    boolean isScheduled(Key key) {
        return byKey.containsKey(key);
    }

    OptionalLong nextDeadlineMs() {
        return byDeadline.isEmpty()
                ? OptionalLong.empty()
                : OptionalLong.of(byDeadline.first().deadlineMs());
    }

    /// Takes out the first timer that is due, or null.
    @Nullable
    Timer pollDue(long nowMs) {
        if (byDeadline.isEmpty() || byDeadline.first().deadlineMs() > nowMs) {
            return null;
        }
        Timer due = byDeadline.pollFirst();
        byKey.remove(due.key());
        return due;
    }
}
