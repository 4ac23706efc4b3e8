package io.sampo.core.simulation;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import org.junit.jupiter.api.Test;

/// The coordinator that goes by the rules has something to do.
class SimulatedShardingTest {

    @Test
    void entitiesArePlacedAndMoved() {
        int runs = 0;
        long allocations = 0;
        long handOvers = 0;
        for (long seed = 1; runs < 15; seed++) {
            Scenario scenario = Scenario.of(seed, Set.of());
            if (scenario.allocates()) {
                World world = new World(scenario, new Trace(false, false));
                world.run();
                runs++;
                allocations += world.sharding.allocations;
                handOvers += world.sharding.handOvers;
            }
        }
        String seen = allocations + " allocations, " + handOvers + " hand-overs";
        System.out.println(seen);
        assertTrue(allocations > 50, seen);
        assertTrue(handOvers > 5, seen);
    }
}
