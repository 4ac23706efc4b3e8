package io.sampo.streams.consume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.streams.Group;
import io.sampo.streams.fetch.StartPosition;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Signals are handled when the test says so; a stopped partition is halted when the test says so.
class GroupCourseTest {
    private static final TopicPartition P0 = new TopicPartition("t", 0);
    private static final TopicPartition P1 = new TopicPartition("t", 1);

    private final ArrayDeque<GroupSignal> signals = new ArrayDeque<>();
    private final Map<TopicPartition, StartPosition> begun = new HashMap<>();
    private final ArrayDeque<CompletableFuture<Void>> halts = new ArrayDeque<>();
    private final CompletableFuture<FakeMember> joined = new CompletableFuture<>();
    private final GroupCourse course = new GroupCourse(
            new GroupReading(
                    Group.named("g"),
                    () -> {
                        throw new IllegalStateException("nothing is fetched here");
                    },
                    _ -> {
                        throw new IllegalStateException("nothing is fetched here");
                    },
                    listener -> {
                        FakeMember member = new FakeMember(listener);
                        joined.complete(member);
                        return member;
                    },
                    new GroupReading.Settings(5, 100, 60_000, IsolationLevel.READ_UNCOMMITTED),
                    () -> 0,
                    _ -> {}),
            new Halting(),
            signals::add);

    private final class Halting implements Handout {
        @Override
        public void begin(Map<Owned, StartPosition> added) {
            added.forEach((owned, start) -> begun.put(owned.partition(), start));
        }

        @Override
        public CompletionStage<Void> stop(Collection<Owned> partitions) {
            partitions.forEach(owned -> begun.remove(owned.partition()));
            CompletableFuture<Void> halted = new CompletableFuture<>();
            halts.add(halted);
            return halted;
        }

        @Override
        public void gone(Collection<Owned> partitions) {}

        @Override
        public void goOn() {}

        @Override
        public void leaveAfter(long limitMs) {}

        @Override
        public void over(@Nullable Throwable failure) {}
    }

    @BeforeEach
    void bothAreRead() {
        course.start();
        joined.join().assign(P0, P1);
        handleAll();
        assertEquals(Set.of(P0, P1), begun.keySet());
    }

    private void handleAll() {
        GroupSignal next;
        while ((next = signals.poll()) != null) {
            course.onSignal(next);
        }
    }

    /// Asks, and handles it; nothing is halted yet.
    private CompletableFuture<Void> seek(Map<TopicPartition, Long> offsets) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        course.onSignal(new GroupSignal.Seek(offsets, done));
        handleAll();
        return done;
    }

    private void halt() {
        List.copyOf(halts).forEach(halted -> halted.complete(null));
        handleAll();
    }

    private Owned read(TopicPartition partition) {
        return Objects.requireNonNull(course.owned().reading(partition));
    }

    private void deliverAndAcknowledge(Owned owned, long offset) {
        owned.delivered(offset, 0, 0);
        course.handedOut();
        owned.acknowledge(offset);
    }

    @Test
    void aPartitionBeginsElsewhereOnlyWhenNothingOfBeforeCanCome() {
        CompletableFuture<Void> done = seek(Map.of(P0, 40L));
        assertNull(course.owned().reading(P0), "a chunk that comes now belongs to nobody");
        assertEquals(Set.of(P1), begun.keySet());
        assertFalse(done.isDone());
        halt();
        assertTrue(done.isDone());
        assertEquals(StartPosition.offset(40), begun.get(P0));
        assertEquals(40, joined.join().committed.get(P0));
        assertNotNull(course.owned().reading(P0));
    }

    @Test
    void whatWasOutIsAcknowledgedInVain() {
        Owned before = read(P0);
        before.delivered(0, 0, 0);
        course.handedOut();
        var _ = seek(Map.of(P0, 40L));
        halt();
        before.acknowledge(0);
        assertEquals(0, course.out());
        course.commitDue();
        assertEquals(40, joined.join().committed.get(P0));
    }

    @Test
    void theAnswerToACommitOfBeforeHoldsUpNoLaterOne() {
        deliverAndAcknowledge(read(P0), 0);
        for (long offset = 1; offset < 100; offset++) {
            deliverAndAcknowledge(read(P0), offset);
        }
        // The commit is under way when the partition goes back.
        course.commitDue();
        ArrayDeque<GroupSignal> late = new ArrayDeque<>(signals);
        signals.clear();
        var _ = seek(Map.of(P0, 10L));
        halt();
        late.forEach(course::onSignal);
        deliverAndAcknowledge(read(P0), 10);
        course.commitDue();
        assertEquals(11, joined.join().committed.get(P0));
    }

    @Test
    void oneThatGoesAwayMeanwhileIsNotMovedAndTheOtherIs() {
        CompletableFuture<Void> done = seek(Map.of(P0, 40L, P1, 50L));
        CompletableFuture<Void> givenUp = joined.join().revoke(P1);
        handleAll();
        halt();
        assertTrue(done.isCompletedExceptionally());
        assertEquals(StartPosition.offset(40), begun.get(P0));
        assertFalse(begun.containsKey(P1));
        assertFalse(joined.join().committed.containsKey(P1));
        assertTrue(givenUp.isDone());
    }

    @Test
    void afterTheEndNothingIsMoved() {
        CompletableFuture<Void> done = seek(Map.of(P0, 40L));
        course.onSignal(new GroupSignal.Drain(0));
        halt();
        assertTrue(done.isCompletedExceptionally());
        assertTrue(begun.isEmpty());
        assertTrue(seek(Map.of(P1, 0L)).isCompletedExceptionally());
    }
}
