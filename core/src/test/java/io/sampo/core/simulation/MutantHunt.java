package io.sampo.core.simulation;

import io.sampo.core.partition.Mutation;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Looks for a seed that shows a planted bug. A seed counts only when the same run without the bug holds all
/// invariants.
final class MutantHunt {
    /// What these bugs break is only there where the partition is the metadata log.
    private static final Set<Mutation> OF_METADATA = EnumSet.of(
            Mutation.CONTROLLER_ANSWERS_BEFORE_COMMIT,
            Mutation.CONTROLLER_DECIDES_ON_COMMITTED_IMAGE,
            Mutation.IMAGE_READS_UNCOMMITTED);

    /// What these bugs break is only there where a configuration is forced.
    private static final Set<Mutation> OF_DISASTERS = EnumSet.of(Mutation.FORCED_EPOCH_NOT_PROMISED);

    private MutantHunt() {}

    record Catch(long seed, int seedsTried, String violation) {}

    /// @return null when no seed shows it
    static @Nullable Catch hunt(Mutation planted, long firstSeed, int maxSeeds) {
        for (int i = 0; i < maxSeeds; i++) {
            long seed = firstSeed + i;
            if (OF_METADATA.contains(planted)
                    && !Scenario.of(seed, Set.of(planted)).keepsMetadata()) {
                continue;
            }
            if (OF_DISASTERS.contains(planted)
                    && !Scenario.of(seed, Set.of(planted)).losesMajority()) {
                continue;
            }
            String violation = SimulationRun.of(seed, planted).violation();
            if (violation != null && SimulationRun.of(seed).violation() == null) {
                return new Catch(seed, i + 1, violation.lines().findFirst().orElse(""));
            }
        }
        return null;
    }
}
