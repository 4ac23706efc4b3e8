package io.sampo.core.simulation;

import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.ReplicaId;
import io.sampo.core.partition.VoterSet;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Uuid;

/// One run: nodes, network, clients, faults and judges around one partition. First chaos, then everything is healed
/// and service is required.
///
/// Single-threaded; all that happens follows from the scenario.
final class World {
    static final PartitionId PARTITION = new PartitionId(new Uuid(7, 7), 0);

    final Scenario scenario;
    final Agenda agenda = new Agenda();
    final Trace trace;
    final Chance coreSeeds;
    final List<SimulatedNode> nodes = new ArrayList<>();
    final Network network;
    final Heartbeats heartbeats;
    final MetadataModel metadata;
    final ClusterImages images;
    final CommittedLog committed = new CommittedLog();
    final Judges judges;
    final DamageBudget damage;
    final Nemesis nemesis;
    final Operator operator;
    final SimulatedSharding sharding;
    final Disaster disaster;
    final Clients clients;
    final VoterSet originalConfig;
    final Map<Fault, Long> faults = new EnumMap<>(Fault.class);
    final Map<Operation, Long> operations = new EnumMap<>(Operation.class);

    int minInSyncReplicas;
    boolean healed;
    long steps;
    long elections;
    long truncations;
    long resets;
    long foundSetBack;

    /// How often a leader had nothing more to say.
    long rests;

    World(Scenario scenario, Trace trace) {
        this.scenario = scenario;
        this.trace = trace;
        this.coreSeeds = new Chance(scenario.seed(), "cores");
        this.minInSyncReplicas = scenario.minInSyncReplicas();
        for (int nodeId = 1; nodeId <= scenario.nodeCount(); nodeId++) {
            nodes.add(new SimulatedNode(this, nodeId));
        }
        List<ReplicaId> voters = nodes.stream()
                .limit(scenario.voterCount())
                .map(node -> node.replicaId)
                .toList();
        this.originalConfig = new VoterSet(voters, List.of());
        this.network = new Network(this);
        this.heartbeats = new Heartbeats(this);
        this.metadata = new MetadataModel(this, voters);
        this.judges = new Judges(this);
        this.images = new ClusterImages(this);
        this.damage = new DamageBudget(this);
        this.clients = new Clients(this);
        this.nemesis = new Nemesis(this);
        this.operator = new Operator(this);
        this.sharding = new SimulatedSharding(this);
        this.disaster = new Disaster(this);
    }

    SimulatedNode node(int nodeId) {
        return nodes.get(nodeId - 1);
    }

    void run() {
        metadata.start();
        heartbeats.start();
        clients.start();
        nemesis.start();
        operator.start();
        sharding.start();
        disaster.start();
        agenda.runUntil(scenario.chaosMs() * 1000);
        new Recovery(this).run();
        judges.atEnd();
        images.judges.atEnd();
    }

    /// Messages must not breed: ten steps in each millisecond of a run are far more than it needs.
    void countStep() {
        steps++;
        if (steps >= 100_000 + simulatedMs() * 10) {
            throw new Violation("a storm of messages", steps + " steps in " + simulatedMs() + " ms");
        }
    }

    long simulatedMs() {
        return agenda.nowUs() / 1000;
    }

    /// The replica that serves as leader in the highest epoch; null when none does.
    @org.jspecify.annotations.Nullable
    ReplicaShell leader() {
        ReplicaShell leader = null;
        for (SimulatedNode node : nodes) {
            ReplicaShell shell = node.shell;
            if (shell != null && shell.activeEpoch >= 0 && (leader == null || shell.activeEpoch > leader.activeEpoch)) {
                leader = shell;
            }
        }
        return leader;
    }

    void count(Fault fault) {
        faults.merge(fault, 1L, Long::sum);
        trace.line(agenda.nowUs(), () -> "FAULT " + fault);
    }

    void count(Operation operation) {
        operations.merge(operation, 1L, Long::sum);
        trace.line(agenda.nowUs(), () -> "OPERATION " + operation);
    }

    static String textOf(Throwable thrown) {
        StringBuilder text = new StringBuilder(String.valueOf(thrown.getMessage()));
        StackTraceElement[] frames = thrown.getStackTrace();
        for (int i = 0; i < Math.min(6, frames.length); i++) {
            text.append("\n      at ").append(frames[i]);
        }
        return text.toString();
    }
}
