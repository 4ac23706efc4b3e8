package io.sampo.core.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import org.junit.jupiter.api.Test;

/// The production core in its simulated world, for as many seeds as a build has time for. `./sampo simulate` runs
/// on.
class SimulationTest {
    private static final long SEEDS = 2_000;

    @Test
    void allInvariantsHoldWhateverHappens() throws InterruptedException {
        SimulationBatch batch = new SimulationBatch(1, SEEDS, Double.MAX_VALUE, Set.of());
        batch.run(2);
        System.out.println(batch.report());
        assertEquals(0, batch.failures(), batch::report);
    }

    /// A sole voter that began anew after another configuration had been forced took its old one for the present one,
    /// and would have led beside the forced leader.
    @Test
    void whoBeginsAnewAfterAForcedConfigurationDoesNotGoByTheOldOne() {
        assertNull(SimulationRun.of(202_002_957).violation());
    }

    @Test
    void theSameSeedGivesTheSameTrace() {
        for (long seed = 1; seed <= 60; seed++) {
            SimulationRun first = SimulationRun.of(seed);
            SimulationRun second = SimulationRun.of(seed);
            assertEquals(first.traceHash(), second.traceHash(), "seed " + seed);
            assertEquals(first.steps(), second.steps(), "seed " + seed);
        }
    }

    @Test
    void anotherSeedGivesAnotherTrace() {
        assertNotEquals(SimulationRun.of(1).traceHash(), SimulationRun.of(2).traceHash());
    }

    /// A simulator that does nothing finds nothing.
    @Test
    void everyFaultAndEveryOperationHappens() throws InterruptedException {
        SimulationBatch batch = new SimulationBatch(10_000, 150, Double.MAX_VALUE, Set.of());
        batch.run(2);
        for (Fault fault : Fault.values()) {
            assertTrue(batch.count(fault) > 0, fault::name);
        }
        for (Operation operation : Operation.values()) {
            assertTrue(batch.count(operation) > 0, operation::name);
        }
        assertTrue(batch.elections() > 1_000, batch::report);
        assertTrue(batch.acknowledged() > 10_000, batch::report);
    }
}
