package io.sampo.core.simulation;

import io.sampo.core.partition.Mutation;
import java.util.Set;

/// `./sampo simulate`: runs seeds until told otherwise. `--seed N` replays one with its trace, `--seeds N` runs as
/// many from `--from` on, `--hours N` runs until so many hours were simulated.
public final class Simulate {
    private Simulate() {}

    public static void main(String[] arguments) throws InterruptedException {
        long seeds = Long.MAX_VALUE;
        double hours = Double.MAX_VALUE;
        long from = 1;
        int threads = Runtime.getRuntime().availableProcessors();
        int mutantSeeds = 0;
        Set<Mutation> planted = Set.of();
        for (int i = 0; i + 1 < arguments.length; i += 2) {
            String value = arguments[i + 1];
            switch (arguments[i]) {
                case "--seed" -> {
                    replay(Long.parseLong(value), arguments);
                    return;
                }
                case "--seeds" -> seeds = Long.parseLong(value);
                case "--hours" -> hours = Double.parseDouble(value);
                case "--from" -> from = Long.parseLong(value);
                case "--threads" -> threads = Integer.parseInt(value);
                case "--mutation" -> planted = Set.of(Mutation.valueOf(value));
                case "--mutants" -> mutantSeeds = Integer.parseInt(value);
                default -> usage();
            }
        }
        if (mutantSeeds > 0) {
            hunt(mutantSeeds, from, planted);
            return;
        }
        if (arguments.length % 2 != 0 || (seeds == Long.MAX_VALUE && hours == Double.MAX_VALUE)) {
            usage();
        }
        SimulationBatch batch = new SimulationBatch(from, seeds, hours, planted);
        batch.run(threads);
        System.out.println(batch.report());
        System.exit(batch.failures() == 0 ? 0 : 1);
    }

    private static void hunt(int maxSeeds, long from, Set<Mutation> only) {
        for (Mutation mutation : Mutation.values()) {
            if (only.isEmpty() || only.contains(mutation)) {
                long startNs = System.nanoTime();
                MutantHunt.Catch found = MutantHunt.hunt(mutation, from, maxSeeds);
                System.out.printf(
                        "%-40s %6d ms  %s%n",
                        mutation,
                        (System.nanoTime() - startNs) / 1_000_000,
                        found == null
                                ? "NOT CAUGHT"
                                : "seed " + found.seed() + " (" + found.seedsTried() + " tried) " + found.violation());
            }
        }
    }

    private static void replay(long seed, String[] arguments) {
        Set<Mutation> planted = Set.of();
        boolean quiet = false;
        for (int i = 0; i < arguments.length - 1; i++) {
            if (arguments[i].equals("--mutation")) {
                planted = Set.of(Mutation.valueOf(arguments[i + 1]));
            }
            quiet |= arguments[i].equals("--trace") && arguments[i + 1].equals("off");
        }
        Scenario scenario = Scenario.of(seed, planted);
        System.out.println(scenario);
        SimulationRun run = SimulationRun.of(scenario, new Trace(false, !quiet));
        System.out.println(run.violation() == null ? "seed " + seed + ": all invariants hold" : run.report());
        System.out.printf("trace hash %016x, %d steps%n", run.traceHash(), run.steps());
        System.exit(run.violation() == null ? 0 : 1);
    }

    private static void usage() {
        System.err.println(
                "usage: simulate (--seed N [--trace off] | --seeds N | --hours N | --mutants SEEDS) [--from SEED] [--threads N]"
                        + " [--mutation NAME]");
        System.exit(2);
    }
}
