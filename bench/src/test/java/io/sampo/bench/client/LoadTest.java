package io.sampo.bench.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.sampo.bench.client.ClientUnderTest.Written;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class LoadTest {
    private static final Work WORK = new Work(Work.Kind.WRITE, "topic", 3, 1014, 0, 1);

    @Test
    void eachPartitionGetsABatchInTurn() {
        Load load = new Load(WORK, System.nanoTime() + TimeUnit.HOURS.toNanos(1));
        List<Integer> partitions = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            Written written = load.next();
            assertEquals(1014, written.value().length);
            if (i % 16 == 0) {
                partitions.add(written.partition());
            }
        }
        assertEquals(List.of(0, 1, 2, 0), partitions);
        assertEquals(64, load.count());
    }

    @Test
    void itEndsWithItsTime() {
        Load load = new Load(WORK, System.nanoTime() - 1);
        assertFalse(load.hasNext());
        assertEquals(0, load.count());
    }
}
