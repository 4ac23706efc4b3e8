package io.sampo.core.partition;

import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.Set;
import org.junit.jupiter.api.Test;

class QuorumChaosTest {

    @Test
    void nothingCommittedIsEverLostDoubledOrReordered() {
        int seeds = Integer.getInteger("chaosSeeds", 150);
        long first = Long.getLong("chaosFirst", 0);
        for (long seed = first; seed < first + seeds; seed++) {
            Throwable violation = QuorumChaos.violation(seed, Set.of(), 3_000);
            long failed = seed;
            assertNull(violation, () -> "seed " + failed + ": " + violation);
        }
    }
}
