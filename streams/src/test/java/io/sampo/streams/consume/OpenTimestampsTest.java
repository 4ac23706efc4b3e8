package io.sampo.streams.consume;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class OpenTimestampsTest {
    @Test
    void theFirstThatIsNotDoneIsThatOfANaiveList() {
        SplittableRandom random = new SplittableRandom(7);
        for (int run = 0; run < 50; run++) {
            OpenTimestamps timestamps = new OpenTimestamps();
            TreeMap<Long, Long> open = new TreeMap<>();
            long offset = 0;
            long done = 0;
            long newestDone = -1;
            for (int step = 0; step < 500; step++) {
                if (random.nextInt(3) > 0) {
                    offset += 1 + random.nextInt(3);
                    long timestamp = random.nextInt(1_000_000);
                    timestamps.add(offset, timestamp);
                    open.put(offset, timestamp);
                } else {
                    done = Math.min(offset + 1, done + random.nextInt(6));
                    timestamps.done(done);
                    while (!open.isEmpty() && open.firstKey() < done) {
                        newestDone = open.pollFirstEntry().getValue();
                    }
                }
                long expected = open.isEmpty() ? newestDone : open.firstEntry().getValue();
                assertEquals(expected, timestamps.firstMs());
            }
        }
    }
}
