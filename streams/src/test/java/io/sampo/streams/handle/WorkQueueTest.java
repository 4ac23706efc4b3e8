package io.sampo.streams.handle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.streams.handle.WorkQueue.Started;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class WorkQueueTest {

    private static Started<String> started(WorkQueue<String, String> queue, String expected) {
        Started<String> next = queue.start();
        assertNotNull(next, "expected " + expected);
        assertEquals(expected, next.work());
        return next;
    }

    @Test
    void aLaneIsOneAfterTheOtherAndLanesGoBesideEachOther() {
        WorkQueue<String, String> queue = new WorkQueue<>(8, 8);
        queue.add("a", "a1");
        queue.add("a", "a2");
        queue.add("b", "b1");
        Started<String> a1 = started(queue, "a1");
        started(queue, "b1");
        assertNull(queue.start());
        queue.finish(a1);
        started(queue, "a2");
    }

    @Test
    void whatHasNoLaneWaitsForNobody() {
        WorkQueue<String, String> queue = new WorkQueue<>(2, 8);
        queue.add(null, "1");
        queue.add(null, "2");
        queue.add(null, "3");
        Started<String> first = started(queue, "1");
        started(queue, "2");
        assertNull(queue.start(), "two at a time");
        queue.finish(first);
        started(queue, "3");
    }

    @Test
    void aPauseClosesItsLaneAndFreesItsPlace() {
        WorkQueue<String, String> queue = new WorkQueue<>(1, 8);
        queue.add("a", "a1");
        queue.add("a", "a2");
        queue.add("b", "b1");
        Started<String> a1 = started(queue, "a1");
        assertNull(queue.start());
        queue.pause(a1);
        Started<String> b1 = started(queue, "b1");
        queue.finish(b1);
        assertNull(queue.start(), "a2 must not overtake a1");
        queue.resume(a1);
        Started<String> again = started(queue, "a1");
        queue.finish(again);
        started(queue, "a2");
    }

    @Test
    void holdsNoMoreThanItMay() {
        WorkQueue<String, String> queue = new WorkQueue<>(1, 2);
        queue.add("a", "a1");
        assertTrue(queue.hasRoom());
        queue.add("a", "a2");
        assertFalse(queue.hasRoom());
        assertThrows(IllegalStateException.class, () -> queue.add("b", "b1"));
        queue.finish(started(queue, "a1"));
        assertTrue(queue.hasRoom());
        assertFalse(queue.isEmpty());
        queue.finish(started(queue, "a2"));
        assertTrue(queue.isEmpty());
    }

    @Test
    void whatWasGivenUpAfterItsPlaceWasGoneIsAnError() {
        WorkQueue<String, String> queue = new WorkQueue<>(1, 2);
        queue.add("a", "a1");
        Started<String> a1 = started(queue, "a1");
        queue.pause(a1);
        assertThrows(IllegalStateException.class, () -> queue.pause(a1));
    }

    @Property(tries = 300)
    void allIsDoneOnceAndInOrderWhateverPauses(
            @ForAll long seed,
            @ForAll @IntRange(min = 1, max = 6) int concurrency,
            @ForAll @IntRange(max = 20) int more) {
        Random random = new Random(seed);
        WorkQueue<Integer, Integer> queue = new WorkQueue<>(concurrency, concurrency + more);
        int[] laneOf = new int[200];
        Map<Integer, List<Integer>> done = new HashMap<>();
        List<Started<Integer>> underWay = new ArrayList<>();
        List<Started<Integer>> paused = new ArrayList<>();
        int total = laneOf.length;
        int added = 0;
        int finished = 0;
        while (finished < total) {
            switch (random.nextInt(4)) {
                case 0 -> {
                    if (added < total && queue.hasRoom()) {
                        int lane = random.nextInt(4);
                        laneOf[added] = lane;
                        queue.add(lane == 3 ? null : lane, added++);
                    }
                }
                case 1 -> {
                    Started<Integer> next = queue.start();
                    if (next != null) {
                        int lane = laneOf[next.work()];
                        assertTrue(lane == 3 || underWay.stream().noneMatch(other -> laneOf[other.work()] == lane));
                        assertTrue(lane == 3 || paused.stream().noneMatch(other -> laneOf[other.work()] == lane));
                        underWay.add(next);
                        assertTrue(underWay.size() <= concurrency);
                    }
                }
                case 2 -> {
                    if (!underWay.isEmpty()) {
                        Started<Integer> one = underWay.remove(random.nextInt(underWay.size()));
                        if (random.nextInt(3) == 0) {
                            queue.pause(one);
                            paused.add(one);
                        } else {
                            queue.finish(one);
                            done.computeIfAbsent(laneOf[one.work()], _ -> new ArrayList<>())
                                    .add(one.work());
                            finished++;
                        }
                    }
                }
                default -> {
                    if (!paused.isEmpty()) {
                        queue.resume(paused.remove(random.nextInt(paused.size())));
                    }
                }
            }
            assertEquals(underWay.size(), queue.underWay());
        }
        assertTrue(queue.isEmpty());
        assertEquals(total, done.values().stream().mapToInt(List::size).sum());
        done.forEach((lane, order) -> {
            if (lane != 3) {
                assertEquals(order.stream().sorted().toList(), order, "lane " + lane);
            }
        });
    }
}
