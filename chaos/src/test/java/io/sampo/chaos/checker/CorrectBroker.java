package io.sampo.chaos.checker;

import io.sampo.chaos.history.DumpedBatch;
import io.sampo.chaos.history.Entry;
import io.sampo.chaos.history.History;
import io.sampo.chaos.history.Operation;
import io.sampo.chaos.history.Operation.Assigned;
import io.sampo.chaos.history.Operation.Commit;
import io.sampo.chaos.history.Operation.CommittedSeen;
import io.sampo.chaos.history.Operation.Dump;
import io.sampo.chaos.history.Operation.FinalRead;
import io.sampo.chaos.history.Operation.Healed;
import io.sampo.chaos.history.Operation.LeaderSeen;
import io.sampo.chaos.history.Operation.Poll;
import io.sampo.chaos.history.Operation.Send;
import io.sampo.chaos.history.Operation.TopicCreated;
import io.sampo.chaos.history.Operation.TopicsSeen;
import io.sampo.chaos.history.Outcome;
import io.sampo.chaos.history.Place;
import io.sampo.chaos.history.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// A broker without faults in a few lines, and a random run against it: elections, lost answers, records under way
/// at the same time, rebalances, forgotten acknowledgements of commits. Its history must always be allowed.
final class CorrectBroker {
    private static final String GROUP = "group";
    private static final int PARTITIONS = 2;
    private static final int STEPS = 60;

    private final Random random;
    private final List<Operation> operations = new ArrayList<>();
    private final List<Partition> partitions = new ArrayList<>();
    private final Map<String, Long> sequences = new HashMap<>();
    private long nowUs = 1;
    private int assignments;

    private static final class Partition {
        private final Place place;
        private final List<Entry> log = new ArrayList<>();
        private int epoch = 1;
        private int leader = 1;
        private long committed = -1;
        private long position;
        private int generation;
        private String owner = "";
        private String assignment = "";

        private Partition(Place place) {
            this.place = place;
        }
    }

    CorrectBroker(Random random) {
        this.random = random;
        for (int i = 0; i < PARTITIONS; i++) {
            partitions.add(new Partition(new Place("topic", i)));
        }
    }

    History history() {
        operations.add(new TopicCreated(tick(), tick(), "admin", "topic", Outcome.OK));
        partitions.forEach(this::send);
        for (int i = 0; i < STEPS; i++) {
            Partition partition = partitions.get(random.nextInt(PARTITIONS));
            switch (random.nextInt(8)) {
                case 0 -> elect(partition);
                case 1 -> assign(partition);
                case 2 -> commit(partition);
                case 3, 4 -> poll(partition);
                default -> send(partition);
            }
        }
        operations.add(new Healed(tick(), tick(), "driver"));
        partitions.forEach(this::send);
        operations.add(new TopicsSeen(tick(), tick(), "probe node-1.0", List.of("topic")));
        partitions.forEach(this::end);
        return History.of(operations);
    }

    private long tick() {
        return nowUs += 1 + random.nextInt(5);
    }

    /// Up to three producers send at the same time; the broker takes their records in any order.
    private void send(Partition partition) {
        long begin = tick();
        int count = 1 + random.nextInt(3);
        List<Integer> producers = new ArrayList<>(List.of(0, 1, 2).subList(0, count));
        java.util.Collections.shuffle(producers, random);
        long end = begin + 100;
        for (int i : producers) {
            String producer = "producer-" + i;
            long sequence = sequences.merge(producer + partition.place, 1L, Long::sum);
            Value value = new Value(producer, sequence * PARTITIONS + partition.place.partition());
            Outcome outcome = outcome();
            long offset = partition.log.size();
            boolean appended = outcome == Outcome.OK || outcome == Outcome.INFO && random.nextBoolean();
            if (appended) {
                partition.log.add(new Entry(offset, value, partition.epoch));
            }
            operations.add(new Send(
                    begin + random.nextInt(10),
                    end - random.nextInt(10),
                    producer,
                    partition.place,
                    value,
                    outcome,
                    outcome == Outcome.OK ? offset : -1,
                    ""));
        }
        nowUs = end;
    }

    /// The first and the last record of each partition are always acknowledged, so that there is something to
    /// check.
    private Outcome outcome() {
        boolean healed = operations.stream().anyMatch(Healed.class::isInstance);
        if (healed || operations.stream().noneMatch(Send.class::isInstance)) {
            return Outcome.OK;
        }
        int dice = random.nextInt(10);
        return dice == 0 ? Outcome.INFO : dice == 1 ? Outcome.FAIL : Outcome.OK;
    }

    private void elect(Partition partition) {
        partition.epoch += 1 + random.nextInt(2);
        partition.leader = 1 + random.nextInt(3);
        see(partition);
    }

    private void see(Partition partition) {
        operations.add(new LeaderSeen(
                tick(),
                tick(),
                "probe node-1.0",
                "id",
                partition.place.partition(),
                partition.leader,
                partition.epoch));
    }

    private void assign(Partition partition) {
        partition.generation++;
        partition.owner = "member-" + random.nextInt(2);
        partition.assignment = "assignment-" + assignments++;
        partition.position = Math.max(0, partition.committed);
        operations.add(new Assigned(
                tick(),
                tick(),
                partition.owner,
                GROUP,
                partition.generation,
                partition.assignment,
                partition.place,
                partition.position));
    }

    private void poll(Partition partition) {
        if (partition.owner.isEmpty()) {
            return;
        }
        int from = (int) partition.position;
        int to = Math.min(partition.log.size(), from + 1 + random.nextInt(10));
        operations.add(new Poll(
                tick(),
                tick(),
                partition.owner,
                partition.assignment,
                partition.place,
                List.copyOf(partition.log.subList(from, to))));
        partition.position = to;
    }

    private void commit(Partition partition) {
        if (partition.owner.isEmpty()) {
            return;
        }
        Outcome outcome = random.nextInt(4) == 0 ? Outcome.INFO : Outcome.OK;
        if (outcome == Outcome.OK || random.nextBoolean()) {
            partition.committed = partition.position;
        }
        operations.add(new Commit(
                tick(),
                tick(),
                partition.owner,
                GROUP,
                partition.generation,
                partition.place,
                partition.position,
                outcome));
    }

    private void end(Partition partition) {
        see(partition);
        operations.add(new CommittedSeen(tick(), tick(), "admin", GROUP, partition.place, partition.committed));
        List<DumpedBatch> batches = new ArrayList<>();
        for (Entry entry : partition.log) {
            batches.add(new DumpedBatch(
                    entry.offset(), entry.offset(), entry.value().toString()));
        }
        for (int node = 1; node <= 3; node++) {
            operations.add(new FinalRead(
                    tick(),
                    tick(),
                    "rack-" + node,
                    partition.place,
                    0,
                    partition.log.size(),
                    List.copyOf(partition.log)));
            operations.add(new Dump(tick(), tick(), "node-" + node, partition.place, List.copyOf(batches)));
        }
    }

    /// The same dump with one batch of other bytes.
    static Dump damaged(Dump dump, Random random) {
        List<DumpedBatch> batches = new ArrayList<>(dump.batches());
        int victim = random.nextInt(batches.size());
        DumpedBatch batch = batches.get(victim);
        batches.set(victim, new DumpedBatch(batch.baseOffset(), batch.lastOffset(), "damaged"));
        return new Dump(dump.invokedUs(), dump.completedUs(), dump.process(), dump.place(), batches);
    }
}
