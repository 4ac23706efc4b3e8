package io.sampo.streams.group;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.junit.jupiter.api.Test;

class AckTrackerTest {
    private static final long TOKEN = 7;

    /// The same, with a tree node for each delivery.
    private static final class Naive {
        private record Delivery(long nextOffset, int leaderEpoch) {}

        private final TreeMap<Long, Delivery> open = new TreeMap<>();
        private final TreeMap<Long, Delivery> acked = new TreeMap<>();
        private long committable;
        private int epoch = -1;
        private long position;

        Naive(long start) {
            committable = start;
            position = start;
        }

        void delivered(long offset, long nextOffset, int leaderEpoch) {
            open.put(offset, new Delivery(nextOffset, leaderEpoch));
            position = nextOffset;
            update();
        }

        void passed(long nextOffset) {
            position = Math.max(position, nextOffset);
            update();
        }

        boolean acked(long offset) {
            Delivery delivery = open.remove(offset);
            if (delivery != null) {
                acked.put(offset, delivery);
                update();
            }
            return delivery != null;
        }

        private void update() {
            committable = open.isEmpty() ? position : open.firstKey();
            var last = acked.lowerEntry(committable);
            epoch = last == null ? epoch : last.getValue().leaderEpoch();
        }

        OffsetAndMetadata committable() {
            return new OffsetAndMetadata(committable, epoch < 0 ? Optional.empty() : Optional.of(epoch), "");
        }
    }

    @Property(tries = 300)
    void itIsAsFarAsANaiveOneSays(
            @ForAll long seed, @ForAll @IntRange(max = 3_000) int steps, @ForAll @IntRange(min = 1, max = 4) int gap) {
        SplittableRandom random = new SplittableRandom(seed);
        long start = random.nextLong(1L << 40);
        AckTracker tracker = new AckTracker(TOKEN, start);
        Naive naive = new Naive(start);
        List<Long> open = new ArrayList<>();
        long position = start;
        int epoch = 0;
        for (int i = 0; i < steps; i++) {
            int what = random.nextInt(100);
            if (what < 55) {
                long offset = position + random.nextInt(gap);
                position = offset + 1 + (random.nextInt(20) == 0 ? random.nextInt(3) : 0);
                tracker.delivered(offset, position, epoch);
                naive.delivered(offset, position, epoch);
                open.add(offset);
            } else if (what < 97 && !open.isEmpty()) {
                // Mostly near the front, so that the prefix moves.
                int index = random.nextInt(random.nextBoolean() ? Math.min(3, open.size()) : open.size());
                long offset = open.remove(index);
                assertTrue(tracker.acked(TOKEN, offset));
                assertTrue(naive.acked(offset));
                assertFalse(tracker.acked(TOKEN, offset), "a second time");
            } else if (what == 98) {
                position += random.nextInt(1, 5);
                tracker.passed(position);
                naive.passed(position);
            } else if (what == 99) {
                epoch++;
            }
            assertEquals(naive.committable(), tracker.committable());
            assertEquals(open.size(), tracker.outstanding());
        }
        open.forEach(offset -> tracker.acked(TOKEN, offset));
        assertEquals(position, tracker.committableOffset());
        assertEquals(0, tracker.outstanding());
    }

    @Test
    void acknowledgementsOfAnotherOwnershipDoNotCount() {
        AckTracker tracker = new AckTracker(2, 10);
        tracker.delivered(10, 11, 0);

        assertFalse(tracker.acked(1, 10));
        assertEquals(10, tracker.committableOffset());
        assertEquals(1, tracker.outstanding());

        assertTrue(tracker.acked(2, 10));
        assertEquals(11, tracker.committableOffset());
    }

    @Test
    void theLeaderEpochIsThatOfTheLastRecordThatIsDone() {
        AckTracker tracker = new AckTracker(TOKEN, 5);
        tracker.delivered(5, 6, 3);
        tracker.delivered(6, 7, 4);
        assertEquals(new OffsetAndMetadata(5), tracker.committable());

        tracker.acked(TOKEN, 5);
        assertEquals(new OffsetAndMetadata(6, Optional.of(3), ""), tracker.committable());
        tracker.acked(TOKEN, 6);
        assertEquals(new OffsetAndMetadata(7, Optional.of(4), ""), tracker.committable());
    }

    @Test
    void whatWasNeverDeliveredCannotBeAcknowledged() {
        AckTracker tracker = new AckTracker(TOKEN, 0);
        tracker.delivered(0, 1, -1);
        tracker.delivered(5, 6, -1);
        assertThrows(IllegalArgumentException.class, () -> tracker.acked(TOKEN, 3));
        assertThrows(IllegalArgumentException.class, () -> tracker.acked(TOKEN, 6));
        assertThrows(IllegalArgumentException.class, () -> tracker.delivered(5, 6, -1));
    }

    @Test
    void aHundredThousandOutstandingOnesTakeFewBytes() {
        AckTracker tracker = new AckTracker(TOKEN, 0);
        for (int offset = 0; offset < 100_000; offset++) {
            tracker.delivered(offset, offset + 1, 0);
        }
        for (int offset = 99_999; offset > 0; offset--) {
            tracker.acked(TOKEN, offset);
        }
        assertEquals(0, tracker.committableOffset());
        assertTrue(tracker.runCount() <= 100_000 / 256 + 1, "runs: " + tracker.runCount());
        tracker.acked(TOKEN, 0);
        assertEquals(100_000, tracker.committableOffset());
        assertEquals(0, tracker.runCount());
    }
}
