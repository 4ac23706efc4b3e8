package io.sampo.streams.fetch;

import static java.util.Objects.requireNonNull;

import io.sampo.streams.connection.ClusterView;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SplittableRandom;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.errors.DisconnectException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.requests.FetchResponse;

/// One consumption against model brokers, in which everything goes wrong that may: leaders move, logs are
/// truncated, retention and compaction take records, sessions and answers are lost, partitions come and go, chunks
/// stay open for long or are not taken at all for a while, answers are so late that they cross newer ones, and in a
/// third of the runs the brokers know no leader epochs. A run is repeatable by its seed.
///
/// What must hold, whatever happens, is checked after each event; [ReadingChecker] has what was delivered.
final class FetchSimulation {
    /// Whether what happens is told, a line an event.
    private static final boolean TRACE = Boolean.getBoolean("sampo.fetch.simulation.trace");

    private static final int MAX_PAYLOAD = 200;
    /// The largest batch: a broker sends one whatever it was asked for.
    private static final int MAX_BATCH_BYTES = 5 * (MAX_PAYLOAD + 60) + 200;

    private record Event(long atMs, long number, Runnable run) {}

    private final SplittableRandom random;
    private final FetchSettings settings;
    private final ModelBrokers brokers;
    private final int partitionCount;
    /// How rarely an answer is so late that it may cross a newer one.
    private final int lateOneIn;
    private final FetchCore core;
    private final ArrayDeque<Partitions.Released> releases = new ArrayDeque<>();
    private final PriorityQueue<Event> events =
            new PriorityQueue<>(Comparator.comparingLong(Event::atMs).thenComparingLong(Event::number));
    private final Readings readings = new Readings();
    private final List<Chunk> open = new ArrayList<>();
    private final Set<Integer> fetching = new HashSet<>();
    private long eventNumber;
    private long nowMs;
    private long nextValue;
    private boolean faults = true;
    private boolean demanded;
    private long unreleasedBytes;
    private long askedBytes;
    private boolean idle;
    private ClusterView shownView;
    int chunks;

    FetchSimulation(long seed) {
        random = new SplittableRandom(seed);
        partitionCount = 1 + random.nextInt(6);
        lateOneIn = random.nextBoolean() ? 2 : 12;
        long prefetch = 2_000L + random.nextInt(20_000);
        settings = new FetchSettings(
                1,
                1 + random.nextInt(30_000),
                random.nextInt(200),
                1 + random.nextInt(4_000),
                random.nextBoolean() ? IsolationLevel.READ_COMMITTED : IsolationLevel.READ_UNCOMMITTED,
                random.nextInt(4) == 0 ? ResetPolicy.LATEST : ResetPolicy.EARLIEST,
                true,
                "",
                300_000,
                20,
                200,
                1_000,
                prefetch);
        brokers = new ModelBrokers(partitionCount, settings, random.nextInt(3) > 0, random);
        shownView = brokers.view();
        core = new FetchCore(
                settings, random.nextBoolean() ? shownView : ClusterView.EMPTY, random.split(), releases::add);
    }

    void run() {
        for (int i = 0; i < partitionCount; i++) {
            for (int n = random.nextInt(10); n > 0; n--) {
                append(brokers.log(new TopicPartition("t", i)));
            }
            if (random.nextInt(4) > 0) {
                add(i);
            }
        }
        carryOut();
        check(events.isEmpty(), "nothing is asked before anybody wants records");
        demanded = true;
        core.demand();
        for (int step = 0; step < 600; step++) {
            if (step % 20 == 0) {
                idle = random.nextInt(3) == 0;
            }
            disturb();
            advance(random.nextInt(40));
        }
        settle();
    }

    /// No more faults; then all must come that can be read.
    private void settle() {
        faults = false;
        for (ModelLog log : brokers.logs.values()) {
            log.openTransactions(Long.MAX_VALUE)
                    .keySet()
                    .forEach(producer -> log.endTransaction(producer, ModelLog.Marker.COMMIT, nowMs));
            // Beyond every position that anybody may have, and every end.
            long highest = log.highestEnd + 40;
            while (log.endOffset < highest) {
                append(log);
                log.openTransactions(Long.MAX_VALUE)
                        .keySet()
                        .forEach(producer -> log.endTransaction(producer, ModelLog.Marker.COMMIT, nowMs));
            }
        }
        for (int round = 0; round < 3_000 && !isDone(); round++) {
            poll();
            closeSome();
            advance(20);
        }
        readings.forEach((partition, checker) -> checker.finished(
                brokers.log(partition), requireNonNull(core.progress().get(partition)), settings.isolationLevel()));
        open.forEach(Chunk::close);
        open.clear();
        core.close();
        drainReleases();
        events.clear();
        check(core.heldBytes() == 0, "all memory was given back, but " + core.heldBytes());
        check(unreleasedBytes == 0, "all answers were released, but " + unreleasedBytes);
    }

    private boolean isDone() {
        return open.isEmpty()
                && readings.all().entrySet().stream().allMatch(entry -> {
                    PartitionProgress progress = requireNonNull(core.progress().get(entry.getKey()));
                    ModelLog log = brokers.log(entry.getKey());
                    return entry.getValue().isBounded() ? progress.ended() : progress.position() == log.endOffset;
                });
    }

    private void disturb() {
        int partition = random.nextInt(partitionCount);
        ModelLog log = brokers.log(new TopicPartition("t", partition));
        switch (random.nextInt(28)) {
            case 0 -> log.lead(1 + random.nextInt(ModelBrokers.NODES));
            case 1 -> truncate(partition);
            case 2 -> log.retain(Math.max(log.logStartOffset, log.endOffset - random.nextInt(40)));
            case 3 -> {
                // Compaction takes whole batches, also at the end; those of transactions stay.
                List<ModelLog.Batch> plain = log.batches.stream()
                        .filter(batch -> batch.producerId() < 0)
                        .toList();
                if (!plain.isEmpty()) {
                    log.batches.remove(plain.get(random.nextInt(plain.size())));
                }
            }
            case 4 -> brokers.loseSessions();
            case 5, 16 -> add(partition);
            case 6 -> {
                if (random.nextInt(3) == 0) {
                    TopicPartition id = new TopicPartition("t", partition);
                    core.remove(Set.of(id));
                    readings.end(id);
                }
            }
            case 7, 8, 9, 10, 11, 12 -> append(log);
            case 13, 14, 15 -> closeSome();
            case 17 -> {
                // Someone else on the same connections has asked for metadata.
                shownView = brokers.view();
                core.see(shownView, nowMs);
            }
            default -> {
                if (!idle) {
                    poll();
                }
            }
        }
        carryOut();
    }

    private void truncate(int partition) {
        TopicPartition id = new TopicPartition("t", partition);
        ModelLog log = brokers.log(id);
        if (random.nextBoolean()) {
            // Records that their leader alone has, and that may be on their way to a reader.
            for (int n = 1 + random.nextInt(5); n > 0; n--) {
                append(log);
            }
            advance(random.nextInt(40));
        }
        List<Long> ends = log.batches.stream()
                .map(ModelLog.Batch::baseOffset)
                .filter(offset -> offset >= Math.max(log.logStartOffset, log.endOffset - 30))
                .filter(offset -> log.openTransactions(offset).isEmpty())
                .toList();
        if (!ends.isEmpty()) {
            int at = random.nextInt(ends.size());
            // Without epochs a truncation is noticed only from a position beyond the new end.
            long from = ends.get(brokers.epochs ? at : Math.min(at, random.nextInt(ends.size())));
            long until = log.endOffset;
            log.truncate(from);
            log.lead(1 + random.nextInt(ModelBrokers.NODES));
            trace(id + " truncated from " + until + " to " + from + ", epoch " + log.leaderEpoch);
            if (random.nextInt(4) > 0) {
                shownView = brokers.view();
                core.see(shownView, nowMs);
            }
            readings.truncated(id, from, until, brokers.epochs ? log.leaderEpoch : Integer.MAX_VALUE);
        }
    }

    private void append(ModelLog log) {
        long producer = random.nextInt(3) == 0 ? 1 + random.nextInt(2) : -1;
        if (producer >= 0 && log.openTransactions(log.endOffset).containsKey(producer) && random.nextBoolean()) {
            log.endTransaction(producer, random.nextBoolean() ? ModelLog.Marker.ABORT : ModelLog.Marker.COMMIT, nowMs);
            return;
        }
        List<Long> values = new ArrayList<>();
        for (int n = 1 + random.nextInt(5); n > 0; n--) {
            values.add(nextValue++);
        }
        Compression compression =
                random.nextBoolean() ? Compression.NONE : Compression.lz4().build();
        log.append(values, random.nextInt(MAX_PAYLOAD), compression, producer, nowMs);
    }

    private void add(int partition) {
        TopicPartition id = new TopicPartition("t", partition);
        ModelLog log = brokers.log(id);
        StartPosition start = switch (random.nextInt(4)) {
            case 0 -> StartPosition.latest();
            case 1 ->
                StartPosition.offset(
                        log.logStartOffset + random.nextInt((int) (log.endOffset - log.logStartOffset) + 1));
            default -> StartPosition.earliest();
        };
        StartPosition where = switch (random.nextInt(5)) {
            case 0 -> start.untilNow();
            case 1 -> start.untilOffset(log.endOffset + random.nextInt(20));
            default -> start;
        };
        trace("read " + id + " " + where);
        core.add(Map.of(id, where), nowMs);
        readings.begin(id, new ReadingChecker(id, where, settings.autoOffsetReset()));
    }

    private void poll() {
        core.next().ifPresent(outcome -> {
            switch (outcome) {
                case Partitions.Outcome.Data data -> {
                    chunks++;
                    trace("out comes " + data.chunk());
                    readings.delivered(
                            data.chunk(),
                            brokers.log(data.chunk().partition()),
                            settings.isolationLevel() == IsolationLevel.READ_COMMITTED);
                    open.add(data.chunk());
                }
                case Partitions.Outcome.Failure failure ->
                    throw new AssertionError("nothing fails here: " + failure.failure());
            }
        });
    }

    private void closeSome() {
        while (!open.isEmpty() && (!faults || random.nextInt(3) > 0)) {
            open.remove(random.nextInt(open.size())).close();
        }
        drainReleases();
    }

    private void drainReleases() {
        while (!releases.isEmpty()) {
            core.released(releases.poll());
        }
    }

    /// Lets time pass: everything that is due happens.
    private void advance(long byMs) {
        long until = nowMs + byMs;
        while (!events.isEmpty() && events.peek().atMs() <= until) {
            Event event = events.poll();
            nowMs = Math.max(nowMs, event.atMs());
            event.run().run();
            drainReleases();
            carryOut();
        }
        nowMs = until;
        carryOut();
    }

    private void carryOut() {
        drainReleases();
        List<Ask> asks = core.asks(nowMs);
        check(demanded || asks.isEmpty(), "nothing is asked before anybody wants records");
        asks.forEach(this::send);
        check(core.heldBytes() == unreleasedBytes, "held " + core.heldBytes() + " is not " + unreleasedBytes);
        long most = settings.prefetchMaxBytes() + (long) ModelBrokers.NODES * MAX_BATCH_BYTES;
        check(unreleasedBytes <= most, unreleasedBytes + " bytes are held, with a bound of " + most);
        core.wakeMs(nowMs).ifPresent(at -> {
            check(at > nowMs, "time to wake up is to come");
            later(at - nowMs, () -> {});
        });
    }

    private void send(Ask ask) {
        long requestMs = 1L + random.nextInt(15);
        long answerMs = 1L + random.nextInt(15);
        int fate = faults ? random.nextInt(40) : 99;
        trace("ask " + ask);
        switch (ask) {
            case Ask.Fetch fetch -> readings.asked(fetch.asked());
            case Ask.ListOffsets lookups -> readings.asked(lookups.asked());
            case Ask.EpochEnds ends -> readings.asked(ends.asked());
            case Ask.Refresh _, Ask.Farewell _ -> {}
        }
        if (ask instanceof Ask.Fetch fetch) {
            check(fetching.add(fetch.nodeId()), "one fetch at a time to a broker");
            askedBytes += fetch.maxBytes();
            check(
                    unreleasedBytes + askedBytes <= settings.prefetchMaxBytes(),
                    unreleasedBytes + " held and " + askedBytes + " asked for exceed " + settings.prefetchMaxBytes());
        }
        if (fate == 0) {
            later(requestMs, () -> lost(ask, new DisconnectException("it never arrived")));
        } else {
            later(requestMs, () -> process(ask, answerMs, fate == 1));
        }
    }

    private void process(Ask ask, long answerMs, boolean lost) {
        Runnable answer = switch (ask) {
            case Ask.Fetch fetch -> {
                FetchResponseData body = brokers.fetch(fetch, faults);
                yield () -> fetched(fetch, body);
            }
            case Ask.ListOffsets lookups -> {
                var body = brokers.lookups(lookups);
                yield () -> {
                    trace("told " + body);
                    readings.told(lookups, body);
                    core.looked(lookups, body, nowMs);
                };
            }
            case Ask.EpochEnds ends -> {
                var body = brokers.epochEnds(ends);
                yield () -> {
                    trace("told " + body);
                    readings.told(ends, body);
                    core.epochEnds(ends, body, nowMs);
                };
            }
            case Ask.Refresh _ -> {
                // Brokers learn of changes at different times.
                shownView = faults && random.nextInt(4) == 0 ? shownView : brokers.view();
                yield () -> core.refreshed(shownView, nowMs);
            }
            case Ask.Farewell _ -> () -> {};
        };
        boolean waits = ask instanceof Ask.Fetch && random.nextInt(3) == 0;
        boolean late = ask instanceof Ask.Fetch && faults && random.nextInt(brokers.epochs ? lateOneIn : 2) == 0;
        later(
                answerMs + (waits ? settings.fetchMaxWaitMs() : 0) + (late ? random.nextInt(500) : 0),
                lost ? () -> lost(ask, new TimeoutException("the answer was lost")) : answer);
    }

    private void lost(Ask ask, RuntimeException failure) {
        trace("no answer to " + ask);
        settleFetch(ask);
        core.failed(ask, failure, nowMs);
    }

    private void fetched(Ask.Fetch ask, FetchResponseData body) {
        settleFetch(ask);
        int bytes = body.responses().stream()
                .flatMap(topic -> topic.partitions().stream())
                .mapToInt(FetchResponse::recordsSize)
                .sum();
        unreleasedBytes += bytes;
        trace("told " + body);
        readings.told(ask, body);
        core.fetched(ask, body, () -> unreleasedBytes -= bytes, nowMs);
    }

    private void settleFetch(Ask ask) {
        if (ask instanceof Ask.Fetch fetch) {
            fetching.remove(fetch.nodeId());
            askedBytes -= fetch.maxBytes();
        }
    }

    @SuppressWarnings("SystemOut")
    private void trace(String what) {
        if (TRACE) {
            System.out.println(nowMs + " " + what);
        }
    }

    private void later(long afterMs, Runnable run) {
        events.add(new Event(nowMs + afterMs, eventNumber++, run));
    }

    static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }
}
