package io.sampo.core.partition;

import io.sampo.core.partition.QuorumCluster.Node;
import io.sampo.core.partition.ReplicaContext.TestAppend;
import io.sampo.core.partition.ReplicaContext.TestDeletion;
import io.sampo.core.partition.ReplicaEvent.BatchAppended;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// One random life of a partition: messages lost, repeated and reordered, processes and machines that die,
/// links that are cut, voters that change. After every step it looks at what must never be.
///
/// Small on purpose: the simulator does this thoroughly. The judge is naive: it remembers every value that
/// was once committed, and every leader of every epoch.
final class QuorumChaos {

    static final class Violation extends AssertionError {
        private static final long serialVersionUID = 1L;

        Violation(String message) {
            super(message);
        }
    }

    private final SplittableRandom random;
    private final QuorumCluster cluster;
    private final boolean durable;
    private final int nodes;
    private int suspects;

    private final TreeMap<Long, String> committed = new TreeMap<>();
    private final Map<Integer, Integer> leaderOf = new HashMap<>();
    private final Map<TestAppend, String> sent = new LinkedHashMap<>();
    private final Set<String> acknowledged = new HashSet<>();
    private final Map<Long, Integer> sequences = new HashMap<>();
    private final Map<Long, Integer> before = new HashMap<>();
    private final Map<Node, Integer> seenEffects = new HashMap<>();
    private final Map<Node, Long> highWatermarks = new HashMap<>();
    private final Map<Node, Integer> compared = new HashMap<>();
    private final Map<Node, Long> lives = new HashMap<>();
    private final int pace;
    int elections;
    long commits;

    QuorumChaos(long seed, Set<Mutation> planted) {
        this.random = new SplittableRandom(seed);
        this.durable = random.nextBoolean();
        int voters = new int[] {1, 3, 3, 3, 5}[random.nextInt(5)];
        this.nodes = voters + 1;
        ReplicationSettings replication = new ReplicationSettings(
                300, 300, 50, 200, 60, 200, 100, 200 + random.nextInt(600), 2_000, 400, 300, 100, 4_000, 64);
        this.pace = 10 + random.nextInt(100);
        int minInSync = 1 + random.nextInt(2);
        this.cluster = new QuorumCluster(
                seed, voters, durable, new ReplicaSettings(minInSync, 1_000_000, 100, replication), planted);
        Node spare = cluster.add(QuorumCluster.id(nodes), VoterSet.NONE);
        spare.start();
        cluster.nodes.values().forEach(node -> node.holdsPersists = true);
    }

    QuorumCluster cluster() {
        return cluster;
    }

    /// @throws Violation or [Invariant.Violated] when something happened that never may
    void run(int steps) {
        boolean reconfigures = random.nextInt(3) == 0;
        boolean crashes = random.nextInt(3) > 0;
        boolean cuts = random.nextInt(3) > 0;
        int loss = random.nextInt(3) == 0 ? 0 : random.nextInt(15);
        int copies = random.nextInt(3) == 0 ? 0 : random.nextInt(20);
        for (int i = 0; i < steps; i++) {
            step(reconfigures, crashes, cuts, loss, copies);
            look();
        }
        heal();
    }

    private void step(boolean reconfigures, boolean crashes, boolean cuts, int loss, int copies) {
        int choice = random.nextInt(1000);
        Node any = cluster.node(1 + random.nextInt(nodes));
        if (choice < 620) {
            for (int i = random.nextInt(4); i >= 0; i--) {
                deliverOne(loss, copies);
            }
        } else if (choice < 760) {
            any.completePersist();
        } else if (choice < 860) {
            cluster.nowMs += random.nextInt(pace);
            cluster.tickAll();
        } else if (choice < 960) {
            append(any);
        } else if (choice < 965 && cuts) {
            cut();
        } else if (choice < 969) {
            cluster.heal();
        } else if (choice < 976 && crashes) {
            die(any);
        } else if (choice < 984) {
            if (!any.up) {
                any.start();
            }
        } else if (choice < 987 && reconfigures) {
            reconfigure();
        } else if (choice < 990 && any.up && any.outstanding.isEmpty()) {
            any.step(new ReplicaInput.TransferLeadership(QuorumCluster.id(1 + random.nextInt(nodes))));
        } else if (choice < 993 && any.up && any.outstanding.isEmpty()) {
            any.step(new ReplicaInput.Requests(List.of(new TestDeletion(Math.max(0, any.core.highWatermark() - 3)))));
        } else if (choice < 995 && any.up && any.outstanding.isEmpty()) {
            any.step(new ReplicaInput.Resign(any.core.leaseNumber()));
        }
    }

    private void deliverOne(int loss, int copies) {
        if (cluster.network.isEmpty()) {
            return;
        }
        int window = random.nextInt(4) == 0 ? cluster.network.size() : Math.min(3, cluster.network.size());
        int index = random.nextInt(window);
        ReplicaEnvelope envelope =
                random.nextInt(100) < copies ? cluster.network.get(index) : cluster.network.remove(index);
        if (random.nextInt(100) >= loss) {
            cluster.deliver(envelope);
        }
        if (cluster.network.size() > 400) {
            cluster.network.subList(0, 100).clear();
        }
    }

    private void append(Node node) {
        if (!node.up || !node.outstanding.isEmpty() || !node.core.isActive()) {
            return;
        }
        long producer = random.nextInt(2);
        int next = sequences.getOrDefault(producer, 0);
        // Sometimes the batch before it again, as a producer that saw no answer does.
        int sequence = next > 0 && random.nextInt(3) == 0 ? before.getOrDefault(producer, 0) : next;
        TestAppend append = node.append(
                Batches.idempotent(producer, (short) 0, sequence, recordCount(sequence)),
                random.nextInt(4) == 0 ? 1 : -1);
        sent.put(append, producer + "/" + sequence);
    }

    private static int recordCount(int baseSequence) {
        return 1 + baseSequence % 3;
    }

    private void cut() {
        int alone = 1 + random.nextInt(nodes);
        int direction = random.nextInt(3);
        cluster.delivers = envelope -> {
            boolean from = envelope.from().nodeId() == alone;
            boolean to = envelope.to().nodeId() == alone;
            return direction == 0 ? !from : direction == 1 ? !to : from == to;
        };
    }

    /// Never so many machines at once that a promise would not hold.
    private void die(Node node) {
        if (!node.up) {
            return;
        }
        int voters = Math.max(1, nodes - 1);
        suspects = (int) cluster.nodes.values().stream()
                .filter(other -> other.core.isSuspect() || other.bootIdChangedWhileDown())
                .count();
        boolean machine = random.nextBoolean()
                && (durable || (!node.core.isSuspect() && suspects + 1 <= (voters - 1) / 2 && voters > 2));
        if (machine) {
            node.crash(random.nextInt(3));
        } else if (random.nextBoolean()) {
            node.killWhilePersisting(random.nextInt(4));
        } else {
            node.kill();
        }
    }

    private void reconfigure() {
        List<ReplicaId> desired = new ArrayList<>();
        for (int node = 1; node <= nodes; node++) {
            desired.add(QuorumCluster.id(node));
        }
        if (nodes > 2) {
            desired.remove(random.nextInt(desired.size()));
        }
        cluster.nodes.values().stream()
                .filter(node -> node.up && node.outstanding.isEmpty())
                .forEach(node -> node.step(new ReplicaInput.DesiredReplicas(desired)));
    }

    // ---- what must never be ----------------------------------------------------------------------------------

    private void look() {
        for (Node node : cluster.nodes.values()) {
            if (node.up) {
                lookAt(node);
            }
            lookAtEffects(node);
        }
    }

    private void lookAt(Node node) {
        ReplicaCore core = node.core;
        if (core.role() == ReplicaRole.OFFLINE) {
            return;
        }
        if (core.isActive()) {
            Integer before = leaderOf.putIfAbsent(core.key().lastEpoch(), node.id.nodeId());
            must(
                    before == null || before == node.id.nodeId(),
                    "two leaders in epoch " + core.key().lastEpoch());
        }
        long life = core.life();
        if (lives.getOrDefault(node, -1L) == life) {
            must(core.highWatermark() >= highWatermarks.getOrDefault(node, 0L), "the high watermark fell at " + node);
        }
        must(core.highWatermark() <= core.logEndOffset(), "high watermark beyond the log at " + node);
        must(core.logStartOffset() <= core.highWatermark(), "log start beyond the high watermark at " + node);
        boolean moved =
                core.highWatermark() != highWatermarks.getOrDefault(node, -1L) || lives.getOrDefault(node, -1L) != life;
        lives.put(node, life);
        highWatermarks.put(node, core.highWatermark());
        if (moved) {
            compareWithCommitted(node);
        }
        int state = committed.size() * 1_000 + core.key().lastEpoch();
        if (core.isActive()
                && core.key().lastEpoch() >= newestEpoch()
                && !Integer.valueOf(state).equals(compared.put(node, state))) {
            // Everything committed is in the log of a leader.
            Map<Long, String> log = values(node);
            committed
                    .tailMap(core.logStartOffset())
                    .forEach((offset, value) -> must(
                            value.equals(log.get(offset)),
                            offset + " was " + value + ", is " + log.get(offset) + " at " + node));
        }
    }

    private int newestEpoch() {
        return leaderOf.keySet().stream().mapToInt(Integer::intValue).max().orElse(-1);
    }

    private void compareWithCommitted(Node node) {
        long end = node.core.highWatermark();
        values(node).forEach((offset, value) -> {
            if (offset < end) {
                String before = committed.putIfAbsent(offset, value);
                if (before == null) {
                    commits++;
                }
                must(
                        before == null || before.equals(value),
                        offset + " was " + before + ", is " + value + " at " + node);
            }
        });
    }

    private static Map<Long, String> values(Node node) {
        Map<Long, String> values = new LinkedHashMap<>();
        List<ReplicaEvent> all = new ArrayList<>(node.journal);
        all.addAll(node.outstanding);
        for (ReplicaEvent event : all) {
            if (event instanceof BatchAppended batch && batch.header().lastOffset() >= node.core.logStartOffset()) {
                values.put(
                        batch.header().baseOffset(),
                        batch.header().producerId() + "/" + batch.header().baseSequence() + "@"
                                + batch.header().leaderEpoch());
            }
        }
        return values;
    }

    private void lookAtEffects(Node node) {
        List<ReplicaEffect.Immediate> effects = node.effects;
        for (int i = seenEffects.getOrDefault(node, 0); i < effects.size(); i++) {
            if (effects.get(i) instanceof ReplicaEffect.AppendCompleted(AppendRequest request, AppendOutcome outcome)
                    && outcome.error() == Errors.NONE
                    && request.acks() == -1) {
                acknowledgedAt(request, outcome);
            } else if (effects.get(i) instanceof ReplicaEffect.BecameActive) {
                elections++;
            }
        }
        seenEffects.put(node, effects.size());
    }

    private void acknowledgedAt(AppendRequest request, AppendOutcome outcome) {
        String value = sent.get(request);
        if (value == null) {
            return;
        }
        String stored = committed.get(outcome.baseOffset());
        must(
                stored != null && stored.startsWith(value + "@"),
                value + " was acknowledged at " + outcome.baseOffset() + ", where " + stored + " is committed");
        acknowledged.add(value);
        String[] parts = value.split("/", 2);
        int sequence = Integer.parseInt(parts[1]);
        before.merge(Long.parseLong(parts[0]), sequence, Math::max);
        sequences.merge(Long.parseLong(parts[0]), sequence + recordCount(sequence), Math::max);
    }

    /// Everybody comes back: there must be a leader again, and all must agree.
    private void heal() {
        cluster.heal();
        for (Node node : cluster.nodes.values()) {
            node.holdsPersists = false;
            node.completePersist();
            if (!node.up) {
                node.start();
            }
        }
        look();
        Node leader = null;
        for (int i = 0; i < 300; i++) {
            cluster.pass(100);
            look();
            leader = cluster.active();
            if (leader != null && i > 20) {
                TestAppend last = leader.append(Batches.plain(1), -1);
                cluster.settle();
                cluster.pass(400);
                List<AppendOutcome> outcomes = leader.outcomes(last);
                if (!outcomes.isEmpty() && outcomes.getFirst().error() == Errors.NONE) {
                    break;
                }
                leader = null;
            }
        }
        must(leader != null, "no leader takes an append after all was healed: " + cluster.nodes.values());
        cluster.pass(4_000);
        look();
        Node last = cluster.leader();
        for (Node node : cluster.nodes.values()) {
            boolean member = last.core.config().voters().contains(node.id);
            must(
                    !member || node.core.key().equals(last.core.key()) && !node.core.isSuspect(),
                    node + " does not catch up with " + last);
        }
        Set<String> values = new HashSet<>();
        committed.forEach((offset, value) -> {
            String name = value.substring(0, value.indexOf('@'));
            must(name.startsWith("-1/") || values.add(name), name + " is there twice: " + committed);
        });
        must(values.containsAll(acknowledged), "acknowledged and not there");
    }

    private static void must(boolean holds, String message) {
        if (!holds) {
            throw new Violation(message);
        }
    }

    /// @return what went wrong, or null
    static @Nullable Throwable violation(long seed, Set<Mutation> planted, int steps) {
        try {
            new QuorumChaos(seed, planted).run(steps);
            return null;
        } catch (Violation | Invariant.Violated violation) {
            return violation;
        }
    }
}
