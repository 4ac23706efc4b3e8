package io.sampo.core.simulation;

import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.sampo.core.partition.Mutation;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The simulator must see every planted bug; else it proves nothing.
class MutantTest {
    private static final int MAX_SEEDS = 1_500;

    @ParameterizedTest
    @EnumSource(Mutation.class)
    void everyPlantedBugIsCaught(Mutation planted) {
        MutantHunt.Catch found = MutantHunt.hunt(planted, 1, MAX_SEEDS);
        assertNotNull(found, () -> planted + " was not caught by seeds 1 to " + MAX_SEEDS);
        System.out.println(planted + ": seed " + found.seed() + " of " + found.seedsTried() + ", " + found.violation());
    }
}
