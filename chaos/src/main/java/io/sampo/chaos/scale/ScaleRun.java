package io.sampo.chaos.scale;

import io.sampo.chaos.rig.Node;
import io.sampo.chaos.rig.Rig;
import io.sampo.chaos.rig.Shell;
import io.sampo.chaos.scale.Writes.Outcome;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BiConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.TopicPartition;

/// The steps of one measurement: creation, rest, death of a node, its return, an orderly stop, a stop and start of all.
///
/// Thread rule: one thread.
public final class ScaleRun {
    private static final Pattern USED = Pattern.compile("used ([0-9]+)K");

    /// The last node, so that the first ones keep what came first.
    private final Node victim;

    private final Rig rig;
    private final Plan plan;
    private final Topics topics;
    private final BiConsumer<String, String> figure;

    /// @param idleSeconds how long the nodes are watched at rest
    /// @param settleSeconds before that
    /// @param limitMs for each step
    public record Plan(
            int topics, int partitions, int replicationFactor, int settleSeconds, int idleSeconds, long limitMs) {}

    /// @param figure is told each figure as soon as it is known: what it is, and how much
    public ScaleRun(Rig rig, Plan plan, BiConsumer<String, String> figure) {
        this.rig = rig;
        this.plan = plan;
        this.figure = figure;
        this.victim = rig.nodes().getLast();
        this.topics = new Topics(rig.bootstrap(), plan.topics(), plan.partitions(), plan.replicationFactor());
    }

    /// @throws IOException when a step does not come to its end in time
    public void run() throws IOException {
        try (topics;
                Writes writes = new Writes(rig.bootstrap(), plan.limitMs())) {
            create(writes);
            rest();
            if (rig.nodes().size() > 1) {
                kill(writes);
                comeBack();
                stop(writes);
            }
            restartAll(writes);
        }
    }

    private void create(Writes writes) throws IOException {
        List<ProcessSample> before = samples();
        long begin = System.nanoTime();
        topics.create();
        figure.accept("creation answered", seconds(sinceMs(begin)));
        List<Outcome> all = writes.writeOnce(topics.all(), begin);
        figure.accept("creation until every partition took a write", distribution(all));
        figure.accept(
                "creation until all replicas are in sync",
                seconds(topics.await("in sync", topics::isInSync, begin, plan.limitMs())));
        List<ProcessSample> after = samples();
        List<Long> cpuMs = new ArrayList<>();
        for (int i = 0; i < after.size(); i++) {
            cpuMs.add(after.get(i).cpuMs() - before.get(i).cpuMs());
        }
        figure.accept("creation: processor time, s", each(cpuMs, ms -> ms / 1_000.0));
    }

    private void rest() throws IOException {
        Pause.ms(plan.settleSeconds() * 1_000L);
        List<Long> heaps = new ArrayList<>();
        for (Node node : rig.nodes()) {
            heaps.add(liveHeapKib(node));
        }
        List<ProcessSample> before = samples();
        Pause.ms(plan.idleSeconds() * 1_000L);
        List<ProcessSample> after = samples();
        figure.accept("heap after a full collection, MiB", each(heaps, kib -> kib / 1024.0));
        figure.accept("resident memory, MiB", each(after, sample -> sample.residentKib() / 1024.0));
        figure.accept("open files", each(after, ProcessSample::openFiles));
        figure.accept("threads", each(after, ProcessSample::threads));
        List<double[]> rates = new ArrayList<>();
        for (int i = 0; i < after.size(); i++) {
            ProcessSample sample = after.get(i);
            ProcessSample earlier = before.get(i);
            rates.add(new double[] {
                sample.cpuPercent(earlier), sample.transferCallsPerSecond(earlier), sample.wakeUpsPerSecond(earlier)
            });
        }
        figure.accept("at rest: % of a core", each(rates, rate -> rate[0]));
        figure.accept("at rest: reads and writes a second", each(rates, rate -> rate[1]));
        figure.accept("at rest: threads woken a second", each(rates, rate -> rate[2]));
    }

    private void kill(Writes writes) throws IOException {
        List<TopicPartition> led = topics.ledBy(victim.id());
        long begin = System.nanoTime();
        victim.kill();
        List<Outcome> outcomes = writes.writeOnce(led, begin);
        figure.accept("kill -9 of a node until its " + led.size() + " partitions took a write", distribution(outcomes));
    }

    private void comeBack() throws IOException {
        long begin = System.nanoTime();
        victim.start();
        rig.awaitServing(plan.limitMs());
        figure.accept("its return: until it serves", seconds(sinceMs(begin)));
        figure.accept(
                "its return: until all replicas are in sync",
                seconds(topics.await("in sync", topics::isInSync, begin, plan.limitMs())));
        balance();
    }

    /// Leaders go to the preferred nodes by themselves, by and by; here they are told to.
    private void balance() throws IOException {
        long begin = System.nanoTime();
        int astray = plan.partitions() - topics.which(Topics::isLedByPreferred).size();
        topics.electPreferred();
        figure.accept(
                "preferred leaders elected where they did not lead yet (" + astray + " partitions)",
                seconds(topics.await("preferred leaders", Topics::isLedByPreferred, begin, plan.limitMs())));
    }

    private void stop(Writes writes) throws IOException {
        List<TopicPartition> led = topics.ledBy(victim.id());
        writes.writeOnce(led, System.nanoTime());
        long begin = System.nanoTime();
        CompletableFuture<Long> stopped = CompletableFuture.supplyAsync(() -> {
            try {
                return victim.stop() ? sinceMs(begin) : -1;
            } catch (IOException failed) {
                throw new CompletionException(failed);
            }
        });
        List<Outcome> outcomes = writes.writeOn(led, 2_000, stopped::isDone);
        long tookMs = stopped.join();
        figure.accept("orderly stop of a node", tookMs < 0 ? "had to be killed" : seconds(tookMs));
        figure.accept(
                "orderly stop: slowest write to one of its " + led.size() + " partitions", distribution(outcomes));
        long again = System.nanoTime();
        victim.start();
        rig.awaitServing(plan.limitMs());
        figure.accept(
                "its return after a stop: until all replicas are in sync",
                seconds(topics.await("in sync", topics::isInSync, again, plan.limitMs())));
    }

    private void restartAll(Writes writes) throws IOException {
        long begin = System.nanoTime();
        Set<CompletableFuture<Boolean>> stops = new HashSet<>();
        for (Node node : rig.nodes()) {
            stops.add(CompletableFuture.supplyAsync(() -> {
                try {
                    return node.stop();
                } catch (IOException failed) {
                    throw new CompletionException(failed);
                }
            }));
        }
        boolean clean = stops.stream().map(CompletableFuture::join).reduce(true, Boolean::logicalAnd);
        figure.accept("stop of all nodes", seconds(sinceMs(begin)) + (clean ? "" : ", not all of them by themselves"));
        long again = System.nanoTime();
        rig.start(plan.limitMs());
        figure.accept("start of all: until they serve", seconds(sinceMs(again)));
        figure.accept(
                "start of all: until every partition took a write",
                distribution(writes.writeOnce(topics.all(), again)));
        balance();
    }

    // ---- figures -----------------------------------------------------------------------------------------------

    private List<ProcessSample> samples() throws IOException {
        List<ProcessSample> samples = new ArrayList<>();
        for (Node node : rig.nodes()) {
            samples.add(ProcessSample.take(node.processId()));
        }
        return samples;
    }

    private static long liveHeapKib(Node node) throws IOException {
        String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
        String process = Long.toString(node.processId());
        Shell.run(jcmd, process, "GC.run");
        return usedKib(Shell.run(jcmd, process, "GC.heap_info"));
    }

    /// @param heapInfo what `jcmd GC.heap_info` prints; the metaspace, which follows the heap, does not count
    static long usedKib(String heapInfo) {
        int end = heapInfo.indexOf("Metaspace");
        Matcher used = USED.matcher(end < 0 ? heapInfo : heapInfo.substring(0, end));
        long sum = 0;
        while (used.find()) {
            sum += Long.parseLong(used.group(1));
        }
        return sum;
    }

    /// Median, 99th percentile and last of the partitions that got an answer, and how many got none.
    static String distribution(List<Outcome> outcomes) {
        List<Long> sorted = outcomes.stream()
                .map(Outcome::latencyMs)
                .filter(ms -> ms != Long.MAX_VALUE)
                .sorted()
                .toList();
        int unanswered = outcomes.size() - sorted.size();
        String text = sorted.isEmpty()
                ? "-"
                : "half " + seconds(sorted.get(sorted.size() / 2)) + ", 99 % "
                        + seconds(sorted.get((int) (sorted.size() * 0.99))) + ", last " + seconds(sorted.getLast());
        return unanswered == 0 ? text : text + "; " + unanswered + " not at all";
    }

    private static String seconds(long ms) {
        return String.format(Locale.ROOT, "%.2f s", ms / 1_000.0);
    }

    private static long sinceMs(long nanos) {
        return (System.nanoTime() - nanos) / 1_000_000;
    }

    private static <T> String each(List<T> nodes, java.util.function.ToDoubleFunction<T> value) {
        StringBuilder text = new StringBuilder();
        for (T node : nodes) {
            double number = value.applyAsDouble(node);
            text.append(text.isEmpty() ? "" : " / ")
                    .append(String.format(
                            Locale.ROOT, number < 100 && number != Math.rint(number) ? "%.1f" : "%.0f", number));
        }
        return text.toString();
    }
}
