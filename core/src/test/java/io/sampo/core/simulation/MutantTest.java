package io.sampo.core.simulation;

import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.sampo.core.partition.Mutation;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The simulator must see every planted bug; else it proves nothing.
class MutantTest {
    private static final int MAX_SEEDS = 1_500;

    /// Rules that other rules make superfluous; each with the reason why no run can show it.
    private static final Map<String, String> REDUNDANT = Map.of(
            "OLD_INCARNATION_COUNTED",
            "what an earlier life said was true when it was said, and a life that lost something counts again only"
                    + " when it has all of it (SUSPECT); another directory has another identity");

    @ParameterizedTest
    @EnumSource(Mutation.class)
    void everyPlantedBugIsCaught(Mutation planted) {
        Assumptions.assumeFalse(
                REDUNDANT.containsKey(planted.name()),
                () -> planted + " is redundant: " + REDUNDANT.get(planted.name()));
        MutantHunt.Catch found = MutantHunt.hunt(planted, 1, MAX_SEEDS);
        assertNotNull(found, () -> planted + " was not caught by seeds 1 to " + MAX_SEEDS);
        System.out.println(planted + ": seed " + found.seed() + " of " + found.seedsTried() + ", " + found.violation());
    }
}
