package io.sampo.streams.fetch;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/// Replay one run with `new FetchSimulation(seed).run()`.
class FetchSimulationTest {
    private static final int RUNS = Integer.getInteger("sampo.fetch.simulation.runs", 100);
    private static final long FIRST_SEED = Long.getLong("sampo.fetch.simulation.seed", 1);

    @Test
    void everyReadableRecordIsDeliveredOnceAndInOrder() {
        long chunks = 0;
        for (long seed = FIRST_SEED; seed < FIRST_SEED + RUNS; seed++) {
            FetchSimulation simulation = new FetchSimulation(seed);
            try {
                simulation.run();
            } catch (AssertionError | RuntimeException failure) {
                throw new AssertionError("seed " + seed + ": " + failure.getMessage(), failure);
            }
            chunks += simulation.chunks;
        }
        assertTrue(chunks > RUNS * 10L, chunks + " chunks in " + RUNS + " runs are too few to say anything");
    }
}
