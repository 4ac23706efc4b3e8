package io.sampo.core.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// First starts with losses, repeats, delays, restarts between any two effects, and disks that are wiped.
class BootstrapSimulationTest {
    private static final int SEEDS = 1_500;
    private static final long CHAOS_MS = 20_000;
    private static final long HEALED_MS = 60_000;

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 5})
    void oneListNeverMakesTwoClustersAndAllAreInItInTheEnd(int listed) {
        for (long seed = 0; seed < SEEDS / listed; seed++) {
            BootstrapSimulation run = new BootstrapSimulation(seed * 31 + listed, listed, 2, false);
            run.chaos(CHAOS_MS);
            run.heal(HEALED_MS);

            assertEquals(listed + 2, run.joined(), "seed " + seed + ": " + run.describe());
            assertEquals(1, run.clusterIds().size(), "seed " + seed + ": " + run.describe());
        }
    }

    @Test
    void differentListsAreRefusedBySomebodyAndFoundNothing() {
        for (long seed = 0; seed < SEEDS / 5; seed++) {
            BootstrapSimulation run = new BootstrapSimulation(seed, 3, 0, true);
            run.chaos(CHAOS_MS);
            run.heal(HEALED_MS);

            assertTrue(run.clusterIds().isEmpty(), "seed " + seed + ": " + run.describe());
            assertTrue(
                    run.refusals().stream().anyMatch(message -> message.contains("must be the same everywhere")),
                    "seed " + seed + ": " + run.refusals());
        }
    }

    @Test
    void theSameSeedIsTheSameRun() {
        assertEquals(trace(7), trace(7));
    }

    private static String trace(long seed) {
        BootstrapSimulation run = new BootstrapSimulation(seed, 3, 1, false);
        run.chaos(CHAOS_MS);
        run.heal(HEALED_MS);
        return run.describe();
    }
}
