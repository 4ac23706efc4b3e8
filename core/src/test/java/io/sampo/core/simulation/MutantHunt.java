package io.sampo.core.simulation;

import io.sampo.core.partition.Mutation;
import org.jspecify.annotations.Nullable;

/// Looks for a seed that shows a planted bug. A seed counts only when the same run without the bug holds all
/// invariants.
final class MutantHunt {
    private MutantHunt() {}

    record Catch(long seed, int seedsTried, String violation) {}

    /// @return null when no seed shows it
    static @Nullable Catch hunt(Mutation planted, long firstSeed, int maxSeeds) {
        for (int i = 0; i < maxSeeds; i++) {
            long seed = firstSeed + i;
            String violation = SimulationRun.of(seed, planted).violation();
            if (violation != null && SimulationRun.of(seed).violation() == null) {
                return new Catch(seed, i + 1, violation.lines().findFirst().orElse(""));
            }
        }
        return null;
    }
}
