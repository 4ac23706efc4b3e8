package io.sampo.streams.produce;

import io.sampo.streams.connection.ClusterView;
import io.sampo.streams.produce.ProduceEffect.AskIdentity;
import io.sampo.streams.produce.ProduceEffect.CompleteBatch;
import io.sampo.streams.produce.ProduceEffect.RefreshTopics;
import io.sampo.streams.produce.ProduceEffect.SendBatches;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.DisconnectException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;

/// A [ProduceCore] and three nodes that lose, delay and repeat what they are sent, move leaders, refuse
/// batches, and go away for a while; with one seed. A copy of a request that broke arrives within
/// `request.timeout.ms` or never.
@NullMarked
final class ProduceSimulation {
    private static final String TOPIC = "t";
    private static final int NODES = 3;
    private static final int PARTITIONS = 3;
    private static final long CHAOS_END_MS = 20_000;
    private static final long REQUEST_TIMEOUT_MS = 300;
    private static final int POISON = 61;

    interface Cores {
        ProduceCore core(ProduceRules rules, RandomGenerator random);
    }

    private record Event(long atMs, long order, Runnable action) {}

    private static final class Open {
        private final int nodeId;
        private final Map<TopicPartition, SimulatedLog.Copy> copies;
        private boolean isArrived;

        private Open(int nodeId, Map<TopicPartition, SimulatedLog.Copy> copies) {
            this.nodeId = nodeId;
            this.copies = copies;
        }
    }

    private final SplittableRandom random;
    private final PriorityQueue<Event> events =
            new PriorityQueue<>(java.util.Comparator.comparingLong(Event::atMs).thenComparingLong(Event::order));
    private final Map<TopicPartition, SimulatedSupply> supplies = new HashMap<>();
    private final List<SimulatedLog> logs = new ArrayList<>();
    private final int[] leaders = new int[PARTITIONS];
    private final int[] leaderEpochs = new int[PARTITIONS];
    private final long[] downUntilMs = new long[NODES];
    private final long[] busyUntilMs = new long[NODES];
    private final TreeMap<Long, Open> open = new TreeMap<>();
    private final Map<Integer, BatchOutcome> outcomes = new HashMap<>();
    private final Map<Integer, Long> offsets = new HashMap<>();
    private final ProduceRules rules;
    private final ProduceCore core;
    private final boolean hasPoison;
    private final int maxBatchRecords;
    private final double faultRate;
    private ClusterView view;
    private long nowMs;
    private long order;
    private long lastProducerId = 100;
    private int lastId;
    private int chaoticIds;

    ProduceSimulation(long seed, Cores cores) {
        random = new SplittableRandom(seed);
        boolean idempotence = random.nextInt(5) > 0;
        rules = new ProduceRules(
                idempotence,
                1 + random.nextInt(5),
                Integer.MAX_VALUE,
                200 + random.nextInt(400),
                2_000,
                REQUEST_TIMEOUT_MS,
                20,
                200);
        core = cores.core(rules, random.split());
        hasPoison = random.nextInt(3) == 0;
        maxBatchRecords = random.nextInt(3) == 0 ? 4 : 100;
        faultRate = random.nextDouble(0.3);
        for (int partition = 0; partition < PARTITIONS; partition++) {
            logs.add(new SimulatedLog());
            leaders[partition] = partition % NODES;
            supplies.put(new TopicPartition(TOPIC, partition), new SimulatedSupply(8, 5));
        }
        view = truth();
    }

    void run() {
        int sends = 400 + random.nextInt(400);
        for (int each = 0; each < sends; each++) {
            at(random.nextLong(CHAOS_END_MS), this::sendSome);
        }
        for (int each = 0; each < 60; each++) {
            at(random.nextLong(CHAOS_END_MS), this::moveLeader);
            at(random.nextLong(CHAOS_END_MS), () -> breakConnection(random.nextInt(NODES)));
        }
        for (int each = 0; each < 8; each++) {
            at(random.nextLong(CHAOS_END_MS), () -> {
                int nodeId = random.nextInt(NODES);
                downUntilMs[nodeId] = Math.min(CHAOS_END_MS, nowMs + random.nextLong(3_500));
                breakConnection(nodeId);
            });
        }
        at(CHAOS_END_MS, () -> chaoticIds = lastId);
        for (int each = 0; each < 50; each++) {
            at(CHAOS_END_MS + 3_000 + each * 7L, this::sendSome);
        }
        while (true) {
            Event next = events.peek();
            long pollAtMs = core.nextPollMs();
            if (next == null && pollAtMs == BatchSupply.NEVER) {
                break;
            }
            if (next != null && next.atMs() <= pollAtMs) {
                events.remove();
                nowMs = Math.max(nowMs, next.atMs());
                next.action().run();
            } else {
                nowMs = Math.max(nowMs, pollAtMs);
            }
            core.poll(nowMs, view).forEach(this::carryOut);
            check(nowMs < 200_000, "it goes on for ever");
        }
        checkEnd();
    }

    private void sendSome() {
        for (int count = 1 + random.nextInt(12); count > 0; count--) {
            TopicPartition partition = new TopicPartition(TOPIC, random.nextInt(PARTITIONS));
            SimulatedSupply supply = supply(partition);
            boolean wasEmpty = supply.readyAtMs() == BatchSupply.NEVER;
            supply.add(partition.partition() + PARTITIONS * ++lastId, nowMs);
            if (wasEmpty) {
                core.touched(partition, supply);
            }
        }
    }

    private void carryOut(ProduceEffect effect) {
        switch (effect) {
            case SendBatches send -> send(send);
            case AskIdentity _ ->
                at(nowMs + latency(), () -> {
                    if (fault()) {
                        core.notIdentified(new TimeoutException("simulated"), nowMs);
                    } else {
                        short epoch = random.nextBoolean() ? 0 : (short) (Short.MAX_VALUE - random.nextInt(3));
                        core.identified(new ProducerIdentity(++lastProducerId, epoch));
                    }
                });
            case RefreshTopics _ ->
                at(nowMs + latency(), () -> {
                    if (!fault()) {
                        view = truth();
                    }
                    core.refreshed(nowMs);
                });
            case CompleteBatch complete -> complete(complete);
        }
    }

    private void send(SendBatches send) {
        Map<TopicPartition, SimulatedLog.Copy> copies = new LinkedHashMap<>();
        for (PendingBatch batch : send.batches()) {
            SimulatedSupply.Numbers numbers = (SimulatedSupply.Numbers) batch.content;
            SimulatedLog.Copy copy =
                    new SimulatedLog.Copy(batch.identity(), batch.baseSequence(), List.copyOf(numbers.ids()));
            check(copies.put(batch.partition, copy) == null, "two batches of a partition in a request");
        }
        Open request = new Open(send.nodeId(), copies);
        open.put(send.requestId(), request);
        long ofNode = open.values().stream()
                .filter(other -> other.nodeId == send.nodeId())
                .count();
        check(ofNode <= rules.maxInFlight(), "too many requests in flight");
        if (downUntilMs[send.nodeId()] > nowMs) {
            at(nowMs + latency(), () -> fail(send.requestId(), false));
            return;
        }
        busyUntilMs[send.nodeId()] = Math.max(busyUntilMs[send.nodeId()], nowMs + latency());
        at(busyUntilMs[send.nodeId()], () -> arrive(send.requestId()));
        at(nowMs + REQUEST_TIMEOUT_MS, () -> fail(send.requestId(), true));
    }

    private void arrive(long requestId) {
        Open request = open.get(requestId);
        if (request == null) {
            return;
        }
        if (fault() && random.nextInt(4) == 0) {
            return;
        }
        request.isArrived = true;
        Map<TopicPartition, PartitionAnswer> answers = handle(request);
        busyUntilMs[request.nodeId] = Math.max(busyUntilMs[request.nodeId], nowMs + latency());
        at(busyUntilMs[request.nodeId], () -> {
            if (open.remove(requestId) != null) {
                core.answered(requestId, answers, nowMs, view);
            }
        });
    }

    private Map<TopicPartition, PartitionAnswer> handle(Open request) {
        Map<TopicPartition, PartitionAnswer> answers = new HashMap<>();
        request.copies.forEach((partition, copy) -> answers.put(partition, handle(request.nodeId, partition, copy)));
        return answers;
    }

    private PartitionAnswer handle(int nodeId, TopicPartition partition, SimulatedLog.Copy copy) {
        int index = partition.partition();
        if (leaders[index] != nodeId) {
            boolean hints = leaders[index] >= 0 && random.nextBoolean();
            return new PartitionAnswer(
                    Errors.NOT_LEADER_OR_FOLLOWER,
                    -1,
                    -1,
                    null,
                    Map.of(),
                    hints ? leaders[index] : -1,
                    hints ? leaderEpochs[index] : -1);
        }
        if (copy.ids().size() > maxBatchRecords) {
            return PartitionAnswer.of(Errors.MESSAGE_TOO_LARGE);
        }
        for (int id : copy.ids()) {
            if (isPoison(id)) {
                return new PartitionAnswer(
                        Errors.INVALID_RECORD, -1, -1, null, Map.of(copy.ids().indexOf(id), "poison"), -1, -1);
            }
        }
        if (fault() && random.nextBoolean()) {
            return PartitionAnswer.of(Errors.NOT_ENOUGH_REPLICAS);
        }
        PartitionAnswer answer = logs.get(index).append(copy);
        if (answer.error() == Errors.NONE && fault() && random.nextBoolean()) {
            return PartitionAnswer.of(
                    random.nextBoolean() ? Errors.NOT_ENOUGH_REPLICAS_AFTER_APPEND : Errors.REQUEST_TIMED_OUT);
        }
        return answer;
    }

    private boolean isPoison(int id) {
        return hasPoison && id % POISON == 0;
    }

    /// The copy of a request that fails may arrive later, once or twice.
    private void fail(long requestId, boolean byTime) {
        Open request = open.remove(requestId);
        if (request == null) {
            return;
        }
        int copies = request.isArrived ? random.nextInt(2) : random.nextInt(3);
        for (int copy = 0; copy < copies; copy++) {
            at(nowMs + random.nextLong(REQUEST_TIMEOUT_MS), () -> handle(request));
        }
        core.failed(
                requestId, byTime ? new TimeoutException("simulated") : new DisconnectException("simulated"), nowMs);
    }

    private void breakConnection(int nodeId) {
        for (long requestId : List.copyOf(open.keySet())) {
            Open request = open.get(requestId);
            if (request != null && request.nodeId == nodeId) {
                fail(requestId, false);
            }
        }
    }

    private void moveLeader() {
        int partition = random.nextInt(PARTITIONS);
        leaders[partition] = random.nextInt(4) == 0 ? -1 : random.nextInt(NODES);
        leaderEpochs[partition]++;
        if (leaders[partition] < 0) {
            at(nowMs + random.nextLong(1_000), () -> {
                leaders[partition] = random.nextInt(NODES);
                leaderEpochs[partition]++;
            });
        }
    }

    private void complete(CompleteBatch complete) {
        int index = 0;
        for (int id : ((SimulatedSupply.Numbers) complete.content()).ids()) {
            check(outcomes.put(id, complete.outcome()) == null, "record " + id + " has two outcomes");
            if (complete.outcome() instanceof BatchOutcome.Acknowledged acknowledged
                    && acknowledged.baseOffset() >= 0) {
                offsets.put(id, acknowledged.baseOffset() + index);
            }
            index++;
        }
    }

    private void checkEnd() {
        check(outcomes.size() == lastId, lastId + " records have " + outcomes.size() + " outcomes");
        for (int partition = 0; partition < PARTITIONS; partition++) {
            checkLog(partition, logs.get(partition).ids);
        }
        outcomes.forEach((id, outcome) -> {
            if (id / PARTITIONS > chaoticIds && !hasPoison) {
                check(isAcknowledged(id), "record " + id + " failed though all was well: " + outcome);
            }
        });
    }

    private void checkLog(int partition, List<Integer> log) {
        Set<Integer> seen = new HashSet<>();
        int last = -1;
        for (int id : log) {
            boolean isNew = seen.add(id);
            if (!isAcknowledged(id)) {
                continue;
            }
            check(isNew || !rules.idempotence(), "record " + id + " is acknowledged and in the log twice");
            check(id > last || !isNew, "record " + id + " is behind " + last);
            last = Math.max(last, id);
        }
        outcomes.keySet().stream().filter(id -> id % PARTITIONS == partition).forEach(id -> {
            check(!isAcknowledged(id) || seen.contains(id), "record " + id + " is acknowledged and not in the log");
            Long offset = offsets.get(id);
            check(offset == null || log.get(offset.intValue()).equals(id), "record " + id + " is not at " + offset);
        });
    }

    private boolean isAcknowledged(int id) {
        return outcomes.get(id) instanceof BatchOutcome.Acknowledged;
    }

    long acknowledgedCount() {
        return outcomes.keySet().stream().filter(this::isAcknowledged).count();
    }

    long failedCount() {
        return outcomes.size() - acknowledgedCount();
    }

    String trace() {
        List<List<Integer>> all = new ArrayList<>();
        logs.forEach(log -> all.add(log.ids));
        return nowMs + " " + all + " " + new TreeMap<>(offsets);
    }

    private ClusterView truth() {
        Map<Integer, ClusterView.Node> nodes = new HashMap<>();
        for (int node = 0; node < NODES; node++) {
            nodes.put(node, new ClusterView.Node(node, "n" + node, 9092, Optional.empty()));
        }
        List<ClusterView.Partition> partitions = new ArrayList<>();
        for (int index = 0; index < PARTITIONS; index++) {
            OptionalInt leader = leaders[index] < 0 ? OptionalInt.empty() : OptionalInt.of(leaders[index]);
            partitions.add(new ClusterView.Partition(index, leader, leaderEpochs[index], List.of(0, 1, 2)));
        }
        return new ClusterView(
                Optional.of("c"),
                nodes,
                Map.of(TOPIC, new ClusterView.Topic(TOPIC, Uuid.ZERO_UUID, Errors.NONE, partitions)));
    }

    private SimulatedSupply supply(TopicPartition partition) {
        SimulatedSupply supply = supplies.get(partition);
        if (supply == null) {
            throw new AssertionError(partition);
        }
        return supply;
    }

    private boolean fault() {
        return nowMs < CHAOS_END_MS && random.nextDouble() < faultRate;
    }

    private long latency() {
        return 1 + random.nextLong(random.nextInt(10) == 0 ? 150 : 8);
    }

    private void at(long atMs, Runnable action) {
        events.add(new Event(atMs, order++, action));
    }

    private static void check(boolean holds, @Nullable String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }
}
