package io.sampo.core.simulation;

import io.sampo.core.partition.Mutation;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The outcome of one seed.
///
/// @param violation null when all invariants held
/// @param traceHash equal for equal seeds (27)
record SimulationRun(
        long seed,
        @Nullable String violation,
        long traceHash,
        long simulatedMs,
        long steps,
        long elections,
        long commits,
        long acknowledged,
        long truncations,
        long resets,
        long barriers,
        long lostMessages,
        long repeatedMessages,
        long rests,
        Map<Fault, Long> faults,
        Map<Operation, Long> operations,
        String lastLines) {

    static SimulationRun of(long seed) {
        return of(Scenario.of(seed, Set.of()), new Trace(false, false));
    }

    static SimulationRun of(long seed, Mutation planted) {
        return of(Scenario.of(seed, Set.of(planted)), new Trace(false, false));
    }

    static SimulationRun of(Scenario scenario, Trace trace) {
        World world = new World(scenario, trace);
        String violation = null;
        try {
            world.run();
        } catch (Violation found) {
            violation = found.getMessage();
        } catch (RuntimeException thrown) {
            violation = "exception: " + thrown.getClass().getSimpleName() + " " + World.textOf(thrown);
        }
        return new SimulationRun(
                scenario.seed(),
                violation,
                trace.hash(),
                world.simulatedMs(),
                world.steps,
                world.elections,
                world.committed.batches().size(),
                world.clients.acknowledged(),
                world.truncations,
                world.resets,
                world.clients.barriers,
                world.network.lost,
                world.network.duplicated,
                world.rests,
                world.faults,
                world.operations,
                trace.lastLines());
    }

    String report() {
        return "seed " + seed + ": " + violation + "\n  replay: ./sampo simulate --seed " + seed;
    }
}
