package io.sampo.streams.produce;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;
import org.junit.jupiter.api.Test;

class PartitioningTest {
    @Test
    void aKeyGoesWhereKafkasClientWouldSendIt() {
        Random random = new Random(1);
        for (int each = 0; each < 1_000; each++) {
            byte[] key = new byte[random.nextInt(40)];
            random.nextBytes(key);
            int partitionCount = 1 + random.nextInt(50);
            assertEquals(
                    BuiltInPartitioner.partitionForKey(key, partitionCount),
                    Partitioning.fixed(OptionalInt.empty(), key, false, partitionCount)
                            .getAsInt());
        }
    }

    @Test
    void aNamedPartitionIsTakenWhateverTheKey() {
        byte[] key = "k".getBytes(StandardCharsets.UTF_8);
        assertEquals(OptionalInt.of(7), Partitioning.fixed(OptionalInt.of(7), key, false, 10));
    }

    @Test
    void withoutAKeyOrWithIgnoredKeysAnyPartitionWillDo() {
        byte[] key = "k".getBytes(StandardCharsets.UTF_8);
        assertEquals(OptionalInt.empty(), Partitioning.fixed(OptionalInt.empty(), null, false, 10));
        assertEquals(OptionalInt.empty(), Partitioning.fixed(OptionalInt.empty(), key, true, 10));
    }

    @Test
    void aStickyPartitionIsKeptUntilItsBatchIsDone() {
        List<Integer> bounds = new ArrayList<>();
        StickyPartition sticky = new StickyPartition(100, bound -> {
            bounds.add(bound);
            return bound - 1;
        });
        assertEquals(-1, sticky.current(4));
        assertEquals(3, sticky.choose(4, List.of()));
        sticky.produced(60);
        assertEquals(3, sticky.current(4));
        assertEquals(false, sticky.isDone(false), "its batch was sent early, and it had less than its share");
        assertEquals(true, sticky.isDone(true));
        sticky.produced(40);
        assertEquals(true, sticky.isDone(false));
        assertEquals(2, sticky.choose(4, List.of(0, 2)), "of those with a leader");
        assertEquals(false, sticky.isDone(false));
        assertEquals(List.of(4, 2), bounds);
        assertEquals(-1, sticky.current(2), "that partition is gone");
    }
}
