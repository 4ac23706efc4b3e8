package io.sampo.core.simulation;

import io.sampo.core.partition.Mutation;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;

/// Many seeds on several threads; each run is alone in its world. Sums up what they did.
final class SimulationBatch {
    private static final int FAILURES_SHOWN = 20;

    private final long firstSeed;
    private final long seeds;
    private final double hours;
    private final Set<Mutation> planted;
    private final AtomicLong nextSeed;
    private final Map<Fault, Long> faults = new EnumMap<>(Fault.class);
    private final Map<Operation, Long> operations = new EnumMap<>(Operation.class);
    private final List<SimulationRun> failed = new ArrayList<>();
    private final Map<String, Integer> kinds = new TreeMap<>();
    private long runs;
    private long simulatedMs;
    private long steps;
    private long elections;
    private long commits;
    private long acknowledged;
    private long truncations;
    private long resets;
    private long barriers;
    private long lostMessages;
    private long repeatedMessages;
    private long rests;
    private double seconds;

    SimulationBatch(long firstSeed, long seeds, double hours, Set<Mutation> planted) {
        this.firstSeed = firstSeed;
        this.seeds = seeds;
        this.hours = hours;
        this.planted = planted;
        this.nextSeed = new AtomicLong(firstSeed);
    }

    void run(int threads) throws InterruptedException {
        long startNs = System.nanoTime();
        List<Thread> workers = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            workers.add(Thread.ofPlatform().name("simulation-" + i).start(this::work));
        }
        for (Thread worker : workers) {
            worker.join();
        }
        seconds = (System.nanoTime() - startNs) / 1e9;
    }

    private void work() {
        while (wantsMore()) {
            long seed = nextSeed.getAndIncrement();
            if (seeds != Long.MAX_VALUE && seed >= firstSeed + seeds) {
                return;
            }
            add(SimulationRun.of(Scenario.of(seed, planted), new Trace(false, false)));
        }
    }

    private synchronized boolean wantsMore() {
        return simulatedMs < hours * 3_600_000;
    }

    private synchronized void add(SimulationRun run) {
        runs++;
        simulatedMs += run.simulatedMs();
        steps += run.steps();
        elections += run.elections();
        commits += run.commits();
        acknowledged += run.acknowledged();
        truncations += run.truncations();
        resets += run.resets();
        barriers += run.barriers();
        lostMessages += run.lostMessages();
        repeatedMessages += run.repeatedMessages();
        rests += run.rests();
        run.faults().forEach((fault, count) -> faults.merge(fault, count, Long::sum));
        run.operations().forEach((operation, count) -> operations.merge(operation, count, Long::sum));
        String violation = run.violation();
        if (violation != null) {
            failed.add(run);
            kinds.merge(violation.substring(0, violation.indexOf(':')), 1, Integer::sum);
        }
    }

    synchronized int failures() {
        return failed.size();
    }

    synchronized long count(Fault fault) {
        return faults.getOrDefault(fault, 0L);
    }

    synchronized long count(Operation operation) {
        return operations.getOrDefault(operation, 0L);
    }

    synchronized long elections() {
        return elections;
    }

    synchronized long acknowledged() {
        return acknowledged;
    }

    synchronized String report() {
        StringBuilder text = new StringBuilder(String.format(
                Locale.ROOT,
                "%d seeds from %d, %.1f simulated hours in %.1f s (%.2f h/s), %d steps, %d elections,"
                        + " %d commits, %d acknowledged, %d truncations, %d resets, %d barriers, %d messages lost,"
                        + " %d repeated, %d times at rest%n",
                runs,
                firstSeed,
                simulatedMs / 3_600_000.0,
                seconds,
                simulatedMs / 3_600_000.0 / seconds,
                steps,
                elections,
                commits,
                acknowledged,
                truncations,
                resets,
                barriers,
                lostMessages,
                repeatedMessages,
                rests));
        text.append("faults ").append(faults).append("\noperations ").append(operations);
        text.append("\nviolations: ")
                .append(failed.size())
                .append(' ')
                .append(kinds)
                .append('\n');
        failed.stream()
                .sorted(Comparator.comparingLong(SimulationRun::seed))
                .limit(FAILURES_SHOWN)
                .forEach(run -> text.append(run.report()).append('\n'));
        return text.toString();
    }
}
