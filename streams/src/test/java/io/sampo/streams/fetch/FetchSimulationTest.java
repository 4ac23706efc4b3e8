package io.sampo.streams.fetch;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/// A failure names its seed; `mvn -o -pl streams -am test -Dtest=FetchSimulationTest` with
/// `-Dsurefire.failIfNoSpecifiedTests=false -Dsampo.fetch.simulation.seed=SEED -Dsampo.fetch.simulation.runs=1`
/// replays that run, and tells it line by line with `-Dsampo.fetch.simulation.trace=true`.
///
/// Each of these faults, planted, makes the default runs fail: an answer taken for one to a newer question (without
/// the offset, or the leader epoch, or the identity of the reading), chunks kept that waited when a truncation was
/// found, a truncation reckoned from what was fetched and not from what was handed out, positions not validated
/// (KIP-320), a batch passed over that an answer has only the beginning of, abort markers or the whole index of
/// aborted transactions forgotten, the prefetch budget ignored, the memory of dropped chunks not given back.
class FetchSimulationTest {
    private static final int RUNS = Integer.getInteger("sampo.fetch.simulation.runs", 150);
    private static final long FIRST_SEED = Long.getLong("sampo.fetch.simulation.seed", 1);

    @Test
    void everyReadableRecordIsDeliveredOnceAndInOrder() {
        long chunks = 0;
        for (long seed = FIRST_SEED; seed < FIRST_SEED + RUNS; seed++) {
            FetchSimulation simulation = new FetchSimulation(seed);
            try {
                simulation.run();
            } catch (AssertionError | RuntimeException failure) {
                throw new AssertionError(
                        "seed " + seed + " (-Dsampo.fetch.simulation.seed=" + seed
                                + " -Dsampo.fetch.simulation.runs=1): " + failure,
                        failure);
            }
            chunks += simulation.chunks;
        }
        assertTrue(chunks > RUNS * 10L, chunks + " chunks in " + RUNS + " runs are too few to say anything");
    }
}
