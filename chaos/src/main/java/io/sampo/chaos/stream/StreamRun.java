package io.sampo.chaos.stream;

import io.sampo.chaos.checker.Violation;
import io.sampo.chaos.rig.Loopback;
import io.sampo.chaos.rig.Node;
import io.sampo.chaos.rig.NodeJvm;
import io.sampo.chaos.rig.Rig;
import io.sampo.streams.StreamClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One run: three nodes, two writers, a group of two members; a random node is killed (kill -9) and started,
/// again and again, and now and then a member goes and another one comes. At the end everything that was
/// acknowledged is waited for, all is read, and [Promises] judges.
///
/// Thread rule: one thread.
public final class StreamRun {
    private static final int NODES = 3;
    private static final long START_LIMIT_MS = 120_000;
    private static final Duration PROGRESS_LIMIT = Duration.ofSeconds(60);
    private static final Duration SYNC_LIMIT = Duration.ofSeconds(30);
    private static final Duration OUTCOME_LIMIT = Duration.ofSeconds(100);
    private static final Duration HANDLED_LIMIT = Duration.ofSeconds(60);

    private final Plan plan;
    private final Consumer<String> console;
    private final Random random;
    private final Account account = new Account();
    private final List<Worker> workers = new ArrayList<>();
    private int workersMade;
    private int killed;

    /// @param directory of this run alone; it must not exist or be empty
    /// @param seed chooses who is killed when, and for how long
    /// @param perSecond records a second
    public record Plan(Path directory, long seed, int kills, int perSecond, NodeJvm jvm) {}

    /// How a member goes.
    private enum Departure {
        LEAVES("leaves"),
        HURRIES("leaves its work"),
        DIES("dies");

        private final String words;

        Departure(String words) {
            this.words = words;
        }
    }

    /// @param handled calls of handlers
    /// @param repeated calls with a record that a handler had been given before
    /// @param writeGapMs the longest time that a partition was without an acknowledgement that is told at once
    /// @param handleGapMs the longest time in which no record of a partition was given to a handler
    public record Result(
            List<Violation> broken,
            int kills,
            long acknowledged,
            long handled,
            long repeated,
            int membersReplaced,
            long writeGapMs,
            long handleGapMs) {
        public boolean isClean() {
            return broken.isEmpty();
        }
    }

    public StreamRun(Plan plan, Consumer<String> console) {
        this.plan = plan;
        this.console = console;
        this.random = new Random(plan.seed());
    }

    /// @throws IOException when the run itself did not work, so that nothing can be said
    public Result run() throws IOException {
        Files.createDirectories(plan.directory());
        Rig.Plan rigPlan = new Rig.Plan(NODES, plan.directory(), plan.jvm(), 0, Map.of());
        try (Rig rig = new Rig(new Loopback(), rigPlan)) {
            rig.start(START_LIMIT_MS);
            try (StreamClient client = StreamClient.connect(settings(rig))) {
                work(rig, client);
            } finally {
                workers.forEach(Worker::close);
            }
        }
        Account.Told told = account.told();
        List<Violation> broken = Promises.broken(told);
        Evidence.write(plan.directory(), told, broken);
        return new Result(
                broken,
                killed,
                told.acknowledged().size(),
                told.handled().size(),
                Promises.repeated(told),
                workersMade - 2,
                account.longestAcknowledgementGapMs(),
                account.longestHandlingGapMs());
    }

    /// The client's defaults but for shorter time limits, so that a run has many rebalances.
    static Map<String, Object> settings(Rig rig) {
        Map<String, Object> settings = new HashMap<>();
        settings.put("bootstrap.servers", rig.bootstrap());
        settings.put("request.timeout.ms", 5_000);
        settings.put("delivery.timeout.ms", 90_000);
        settings.put("default.api.timeout.ms", 20_000);
        settings.put("session.timeout.ms", 10_000);
        settings.put("heartbeat.interval.ms", 2_000);
        settings.put("auto.commit.interval.ms", 500);
        settings.put("reconnect.backoff.max.ms", 500);
        return settings;
    }

    private void work(Rig rig, StreamClient client) throws IOException {
        WorkTopic topic = new WorkTopic(client, NODES);
        topic.create();
        Writers writers = new Writers(client, topic.topic(), account, plan.perSecond());
        addWorker(rig);
        addWorker(rig);
        awaitMore("before the first kill");
        for (int kill = 1; kill <= plan.kills() && !account.hasFailed(); kill++) {
            kill(rig, topic, kill);
        }
        writers.end(OUTCOME_LIMIT);
        if (!Waiting.until(HANDLED_LIMIT, () -> account.missingCount() == 0)) {
            say(account.missingCount() + " records are not handled " + HANDLED_LIMIT
                    + " after the last one was written");
        }
        workers.forEach(Worker::close);
        workers.clear();
        topic.readInto(account);
    }

    private void kill(Rig rig, WorkTopic topic, int kill) throws IOException {
        // Also while the replicas of the node before are still behind: then two of three are not there for a moment.
        if (random.nextBoolean() && !Waiting.until(SYNC_LIMIT, topic::isInSync)) {
            account.failed("not in sync " + SYNC_LIMIT + " before kill " + kill);
        }
        Node node = rig.node(1 + random.nextInt(NODES));
        long downMs = 200L + random.nextInt(4_000);
        @Nullable
        Departure departure =
                random.nextInt(3) == 0 ? Departure.values()[random.nextInt(Departure.values().length)] : null;
        Worker leaver = workers.get(random.nextInt(workers.size()));
        boolean whileDown = random.nextBoolean();
        say("kill " + kill + " of " + node.name() + ", away for " + downMs + " ms"
                + (departure == null ? "" : "; " + leaver.name() + " " + departure.words));
        node.kill();
        killed++;
        if (departure != null && whileDown) {
            replace(rig, leaver, departure);
        }
        Waiting.pause(downMs);
        node.start();
        if (departure != null && !whileDown) {
            replace(rig, leaver, departure);
        }
        rig.awaitServing(START_LIMIT_MS);
        awaitMore("after kill " + kill);
        say("all goes on");
    }

    private void replace(Rig rig, Worker leaver, Departure departure) {
        workers.remove(leaver);
        switch (departure) {
            case LEAVES -> leaver.close();
            case HURRIES -> {
                leaver.leaveAtOnce();
                leaver.close();
            }
            case DIES -> leaver.die();
        }
        addWorker(rig);
    }

    private void addWorker(Rig rig) {
        workers.add(new Worker("member-" + ++workersMade, settings(rig), WorkTopic.NAME, account));
    }

    /// Work goes on when so much more is handled as is written in a second, which is acknowledged by then or
    /// soon, and both members have a part in it.
    private void awaitMore(String when) throws IOException {
        long handled = account.handledCount() + plan.perSecond();
        long acknowledged = account.acknowledgedCount() + plan.perSecond() / 4;
        boolean more = Waiting.until(
                PROGRESS_LIMIT,
                () -> account.hasFailed()
                        || (account.handledCount() >= handled
                                && account.acknowledgedCount() >= acknowledged
                                && workers.stream().allMatch(Worker::hasPartitions)));
        if (!more) {
            account.failed("no progress within " + PROGRESS_LIMIT + " " + when + ": " + account.sentCount()
                    + " sent, " + account.acknowledgedCount() + " acknowledged one by one, " + account.handledCount()
                    + " handled");
        }
    }

    private void say(String line) {
        console.accept(String.format(Locale.ROOT, "  %6.1f s  %s", account.nowMs() / 1e3, line));
    }
}
