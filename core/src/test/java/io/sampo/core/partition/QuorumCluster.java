package io.sampo.core.partition;

import io.sampo.core.partition.ReplicaContext.TestAppend;
import io.sampo.core.partition.ReplicaEvent.BatchAppended;
import io.sampo.core.partition.ReplicaEvent.Checkpoint;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.jspecify.annotations.Nullable;

/// Several cores with a network and disks in memory. Nothing happens by itself: tests deliver messages,
/// complete persists and let time pass, or [#settle()] and [#pass(long)] do so for them.
final class QuorumCluster {

    record Barrier(int number) implements BarrierRequest {}

    final class Node {
        final ReplicaId id;
        private final VoterSet initialConfig;
        final ReplicationQuotas quotas = new ReplicationQuotas();
        ReplicaCore core;

        /// What survives the process, in order; batches with their bytes.
        final List<ReplicaEvent> journal = new ArrayList<>();

        /// Events of the journal from here on would be lost with the machine, unless they are no batches.
        private int synced;

        @Nullable
        Checkpoint base;

        List<ReplicaEvent> outstanding = List.of();
        boolean holdsPersists;
        boolean up;
        private boolean crashed;

        /// To be told to the next core.
        private @Nullable String damage;

        String bootId = "boot-1";
        final List<ReplicaEffect.Immediate> effects = new ArrayList<>();
        private long lives;

        Node(ReplicaId id, VoterSet initialConfig) {
            this.id = id;
            this.initialConfig = initialConfig;
            this.core = newCore();
        }

        private ReplicaCore newCore() {
            long dice = seed * 1_000_003 + id.nodeId() * 101L + lives++;
            return Mutants.core(ReplicaContext.PARTITION, id, settings, dice, planted, quotas);
        }

        void start() {
            up = true;
            crashed = false;
            recover();
        }

        private void recover() {
            core = newCore();
            if (base != null) {
                core.restore(base);
            }
            journal.forEach(event -> core.apply(ReplicaContext.withoutBytes(event)));
            String told = damage;
            damage = null;
            step(new ReplicaInput.Open("orders", initialConfig, bootId, durable, told));
        }

        /// The process dies; what was written stays.
        void kill() {
            up = false;
            outstanding = List.of();
        }

        /// The machine dies: batches that were not synced are gone, from the first of them on.
        ///
        /// @param keep so many of the unsynced batches happen to be on disk
        void crash(int keep) {
            kill();
            bootId = bootId + "'";
            crashed = true;
            int kept = 0;
            for (int i = synced; i < journal.size(); i++) {
                if (journal.get(i) instanceof BatchAppended && ++kept > keep) {
                    removeBatchesFrom(i);
                    break;
                }
            }
            synced = journal.size();
        }

        /// It will be suspect when it comes back.
        boolean bootIdChangedWhileDown() {
            return !up && !durable && crashed;
        }

        private void removeBatchesFrom(int index) {
            List<ReplicaEvent> tail = journal.subList(index, journal.size());
            tail.removeIf(BatchAppended.class::isInstance);
        }

        void step(ReplicaInput input) {
            carryOut(core.step(input, nowMs));
        }

        private void carryOut(List<ReplicaEffect> todo) {
            List<ReplicaEvent> toPersist = List.of();
            ReplicaCore before = core;
            for (ReplicaEffect effect : todo) {
                switch (effect) {
                    case ReplicaEffect.Persist persist -> {
                        toPersist = persist.events();
                        outstanding = toPersist;
                        syncsLogFirst = persist.syncsLogBeforeMarkers();
                    }
                    case ReplicaEffect.Immediate immediate -> {
                        effects.add(immediate);
                        carryOut(immediate, before);
                    }
                }
            }
            if (!toPersist.isEmpty() && !holdsPersists) {
                completePersist();
            }
        }

        private boolean syncsLogFirst = true;

        void completePersist() {
            List<ReplicaEvent> events = outstanding;
            if (!up || events.isEmpty()) {
                return;
            }
            outstanding = List.of();
            write(events, events.size());
            step(new ReplicaInput.Persisted());
        }

        /// The process dies in the middle of a persist.
        void killWhilePersisting(int written) {
            List<ReplicaEvent> events = outstanding;
            write(events, Math.min(written, events.size()));
            kill();
        }

        private void write(List<ReplicaEvent> events, int count) {
            for (ReplicaEvent event : events.subList(0, count)) {
                if (event instanceof ReplicaEvent.EpochStarted && syncsLogFirst) {
                    synced = journal.size();
                }
                journal.add(event);
                if (durable && event instanceof BatchAppended) {
                    synced = journal.size();
                }
            }
        }

        private void carryOut(ReplicaEffect.Immediate effect, ReplicaCore before) {
            switch (effect) {
                case ReplicaEffect.Send send -> network.add(send.envelope());
                case ReplicaEffect.SendTail tail -> {
                    List<BatchAppended> batches = read(tail.fromOffset(), tail.upToOffset(), tail.maxBytes());
                    if (tail.throttled()) {
                        quotas.leader().record(sizeInBytes(batches), nowMs);
                    }
                    network.add(tail.envelope()
                            .with(((ReplicaMessage.TailMessage) tail.envelope().message()).withBatches(batches)));
                }
                case ReplicaEffect.Truncate truncate -> {
                    int cut = 0;
                    while (cut < journal.size()
                            && !(journal.get(cut) instanceof BatchAppended batch
                                    && batch.header().lastOffset()
                                            >= truncate.intent().toOffset())) {
                        cut++;
                    }
                    removeBatchesFrom(cut);
                    synced = journal.size();
                    recover(before);
                }
                case ReplicaEffect.CutDamage damage -> {
                    cutDamage(damage.fromOffset());
                    recover();
                }
                case ReplicaEffect.Reset reset -> {
                    journal.clear();
                    base = reset.checkpoint();
                    synced = 0;
                    recover();
                }
                default -> {}
            }
        }

        private void cutDamage(long fromOffset) {
            int cut = 0;
            while (cut < journal.size()
                    && !(journal.get(cut) instanceof BatchAppended batch
                            && batch.header().lastOffset() >= fromOffset)) {
                cut++;
            }
            removeBatchesFrom(cut);
            journal.add(new ReplicaEvent.TruncateIntent(fromOffset, Integer.MAX_VALUE, -1));
            synced = journal.size();
            damage = "the batch at " + fromOffset + " is damaged";
        }

        private void recover(ReplicaCore before) {
            if (planted.contains(Mutation.PRODUCER_STATE_NOT_ROLLED_BACK)) {
                core = newCore();
                journal.forEach(event -> core.apply(ReplicaContext.withoutBytes(event)));
                Mutants.keepProducers(before, core);
                step(new ReplicaInput.Open("orders", initialConfig, bootId, durable));
            } else {
                recover();
            }
        }

        private List<BatchAppended> read(long fromOffset, long upToOffset, int maxBytes) {
            List<BatchAppended> found = new ArrayList<>();
            long bytes = 0;
            List<ReplicaEvent> all = new ArrayList<>(journal);
            all.addAll(outstanding);
            for (ReplicaEvent event : all) {
                if (event instanceof BatchAppended batch
                        && batch.header().lastOffset() >= fromOffset
                        && batch.header().baseOffset() < upToOffset) {
                    bytes += batch.header().sizeInBytes();
                    if (!found.isEmpty() && bytes > maxBytes) {
                        break;
                    }
                    found.add(batch);
                }
            }
            return found;
        }

        /// Base offset, epoch and producer sequence of every batch.
        List<String> log() {
            return read(core.logStartOffset(), Long.MAX_VALUE, Integer.MAX_VALUE).stream()
                    .map(QuorumCluster::describe)
                    .toList();
        }

        TestAppend append(MemoryRecords records, int acks) {
            TestAppend append = new TestAppend(records, true, (short) acks);
            step(new ReplicaInput.Requests(List.of(append)));
            return append;
        }

        List<AppendOutcome> outcomes(AppendRequest request) {
            List<AppendOutcome> outcomes = new ArrayList<>();
            for (ReplicaEffect.AppendCompleted completed : all(ReplicaEffect.AppendCompleted.class)) {
                if (completed.request().equals(request)) {
                    outcomes.add(completed.outcome());
                }
            }
            return outcomes;
        }

        <E extends ReplicaEffect.Immediate> List<E> all(Class<E> type) {
            return effects.stream().filter(type::isInstance).map(type::cast).toList();
        }

        @Override
        public String toString() {
            return "node " + id.nodeId() + " " + core.role() + " " + core.key() + " promised " + core.promisedEpoch()
                    + " hw " + core.highWatermark() + (core.isSuspect() ? " suspect" : "") + " " + core.config();
        }
    }

    static long sizeInBytes(List<BatchAppended> batches) {
        return batches.stream().mapToLong(batch -> batch.header().sizeInBytes()).sum();
    }

    static String describe(BatchAppended batch) {
        BatchHeader header = batch.header();
        return header.baseOffset() + "-" + header.lastOffset() + "@" + header.leaderEpoch() + ":" + header.producerId()
                + "/" + header.baseSequence();
    }

    private final long seed;
    private final ReplicaSettings settings;
    final boolean durable;
    private final Set<Mutation> planted;
    final Map<Integer, Node> nodes = new LinkedHashMap<>();
    final List<ReplicaEnvelope> network = new ArrayList<>();
    Predicate<ReplicaEnvelope> delivers = _ -> true;
    long nowMs = 1_000_000;

    QuorumCluster(long seed, int voters, boolean durable) {
        this(seed, voters, durable, ReplicaSettings.DEFAULTS, Set.of());
    }

    QuorumCluster(long seed, int voters, boolean durable, ReplicaSettings settings, Set<Mutation> planted) {
        this.seed = seed;
        this.durable = durable;
        this.settings = settings;
        this.planted = planted;
        List<ReplicaId> ids = new ArrayList<>();
        for (int node = 1; node <= voters; node++) {
            ids.add(id(node));
        }
        for (ReplicaId id : ids) {
            add(id, new VoterSet(ids, List.of())).start();
        }
    }

    static ReplicaId id(int node) {
        return new ReplicaId(node, new Uuid(node, node));
    }

    Node add(ReplicaId id, VoterSet initialConfig) {
        Node node = new Node(id, initialConfig);
        nodes.put(id.nodeId(), node);
        return node;
    }

    Node node(int number) {
        return Invariant.present(nodes.get(number), "node " + number);
    }

    /// Delivers one message, or loses it.
    void deliver(ReplicaEnvelope envelope) {
        Node to = nodes.get(envelope.to().nodeId());
        if (to != null && to.up && delivers.test(envelope)) {
            to.step(new ReplicaInput.Received(envelope));
        }
    }

    /// Until nobody has anything more to say.
    void settle() {
        for (int i = 0; !network.isEmpty(); i++) {
            Invariant.check(i < 100_000, "the replicas never stop talking: %s", network);
            deliver(network.removeFirst());
        }
    }

    void tickAll() {
        for (Node node : nodes.values()) {
            if (node.up && node.core.nextTickMs() <= nowMs) {
                node.step(new ReplicaInput.Tick());
            }
        }
    }

    void pass(long ms) {
        for (long end = nowMs + ms; nowMs < end; nowMs += 20) {
            tickAll();
            settle();
        }
    }

    void isolate(int... isolated) {
        Set<Integer> alone = new java.util.TreeSet<>();
        for (int node : isolated) {
            alone.add(node);
        }
        delivers = envelope -> alone.contains(envelope.from().nodeId())
                == alone.contains(envelope.to().nodeId());
    }

    void heal() {
        delivers = _ -> true;
    }

    @Nullable
    Node active() {
        Node newest = null;
        for (Node node : nodes.values()) {
            if (node.up
                    && node.core.isActive()
                    && (newest == null || node.core.promisedEpoch() > newest.core.promisedEpoch())) {
                newest = node;
            }
        }
        return newest;
    }

    /// The leader; waits for one.
    Node leader() {
        for (int i = 0; i < 500; i++) {
            Node leader = active();
            if (leader != null) {
                return leader;
            }
            pass(100);
        }
        throw new AssertionError("no leader: " + nodes.values());
    }

    Node anyFollower() {
        return nodes.values().stream()
                .filter(node -> node.up && !node.core.isActive())
                .findFirst()
                .orElseThrow();
    }
}
