package io.sampo.core.simulation;

import io.sampo.core.leadership.ReplicaStanding;
import io.sampo.core.leadership.UncleanChoice;
import io.sampo.core.partition.ForcedConfig;
import io.sampo.core.partition.ReplicaEvent;
import io.sampo.core.partition.ReplicaEvent.EpochStarted;
import io.sampo.core.partition.ReplicaId;
import io.sampo.core.partition.VoterSet;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Once in some runs fewer than a majority of the voters are left: the directories of the others are lost, or their
/// machines are down and come back when they have been given up. An operator who finds no leader then forces a
/// configuration, by the production rule ([UncleanChoice]).
///
/// Keeps the books of what may be lost by that, for the judges: what was committed, and what a leader of an
/// earlier era goes on committing. All else holds as ever, and from the forced epoch on for all.
final class Disaster {
    /// @param baseSequence -1 without idempotence
    private record Lost(long producerId, int baseSequence, long baseOffset) {}

    private final World world;
    private final Chance chance;
    private final Set<Integer> forcedEpochs = new HashSet<>();
    private final Set<Lost> lost = new HashSet<>();
    private int startedEpoch = -1;
    private boolean over;

    /// The machines of those that are not left come back with all that they had.
    private boolean comesBack;

    Disaster(World world) {
        this.world = world;
        this.chance = new Chance(world.scenario.seed(), "disaster");
    }

    void start() {
        if (world.scenario.losesMajority()) {
            long chaosUs = world.scenario.chaosMs() * 1000;
            world.agenda.after(chance.between(chaosUs / 6, chaosUs * 2 / 3), this::strike);
        }
    }

    // ---- what happens ----------------------------------------------------------------------------------------

    private void strike() {
        comesBack = chance.oneIn(3);
        Set<ReplicaId> survivors = survivors();
        for (SimulatedNode node : world.nodes) {
            if (!voters().contains(node.replicaId) || survivors.contains(node.replicaId)) {
                continue;
            }
            if (comesBack) {
                node.killProcess();
                node.heldDown = true;
            } else {
                node.loseDirectory(false);
                world.metadata.directoryReplaced(node);
                world.agenda.after(chance.between(10_000, 8_000_000), node::start);
            }
        }
        world.trace.line(
                world.agenda.nowUs(),
                () -> "DISASTER " + (comesBack ? "down" : "gone") + ", left "
                        + Describe.replicas(List.copyOf(survivors)));
        world.agenda.after(chance.between(500_000, 8_000_000), this::look);
    }

    /// By every configuration that somebody goes by they are too few.
    private Set<ReplicaId> survivors() {
        List<ReplicaId> candidates = new ArrayList<>(voters());
        Set<ReplicaId> survivors = new LinkedHashSet<>();
        int wanted = chance.oneIn(4) ? 0 : chance.below(3) + 1;
        while (!candidates.isEmpty() && survivors.size() < wanted) {
            ReplicaId next = candidates.remove(chance.below(candidates.size()));
            survivors.add(next);
            boolean tooMany = configs().stream()
                    .anyMatch(config ->
                            config.voters().stream().filter(survivors::contains).count() >= config.majority());
            if (tooMany) {
                survivors.remove(next);
            }
        }
        return survivors;
    }

    private Set<ReplicaId> voters() {
        Set<ReplicaId> voters = new LinkedHashSet<>();
        configs().forEach(config -> voters.addAll(config.voters()));
        return voters;
    }

    private List<VoterSet> configs() {
        List<VoterSet> configs = new ArrayList<>();
        for (SimulatedNode node : world.nodes) {
            if (node.assigned) {
                configs.add(node.disk.image.config());
                configs.add(node.disk.image.configBefore());
            }
        }
        configs.removeIf(config -> config.voters().isEmpty());
        return configs;
    }

    /// The operator looks whether there is a leader, now and again until there is one.
    private void look() {
        boolean leads = world.leader() != null;
        if (over || (leads && (startedEpoch >= 0 || (comesBack && world.healed)))) {
            over = true;
            return;
        }
        if (!leads && !isOnItsWay()) {
            force();
        }
        world.agenda.after(chance.between(200_000, 1_000_000), this::look);
    }

    /// As the controller sees it: the one that was named is there, and nobody has heard of a later epoch.
    private boolean isOnItsWay() {
        ForcedConfig forced = world.metadata.forced();
        return forced != null
                && world.node(forced.voter().nodeId()).replicaId.equals(forced.voter())
                && world.nodes.stream().noneMatch(node -> node.disk.image.promisedEpoch > forced.leaderEpoch());
    }

    private void force() {
        List<ReplicaStanding> standings = new ArrayList<>();
        for (SimulatedNode node : world.nodes) {
            ReplicaShell shell = node.shell;
            if (node.assigned && shell != null && shell.mayStoreCheckpoint() && !node.isPaused()) {
                standings.add(ReplicaStanding.of(node.replicaId, shell.core));
            }
        }
        Optional<UncleanChoice> choice = UncleanChoice.of(replicas(), standings);
        if (choice.isEmpty() || standings.stream().anyMatch(ReplicaStanding::hasLeader)) {
            return;
        }
        @Nullable ForcedConfig before = world.metadata.forced();
        int known = Math.max(choice.get().knownEpoch(), before == null ? -1 : before.leaderEpoch());
        ForcedConfig forced =
                new ForcedConfig(ForcedConfig.nextEpoch(known), choice.get().voter());
        forcedEpochs.add(forced.leaderEpoch());
        world.metadata.force(forced);
        world.count(Operation.FORCE);
    }

    /// Those that are wanted, and those that are to leave.
    private List<ReplicaId> replicas() {
        List<ReplicaId> replicas = new ArrayList<>(world.metadata.desired());
        for (SimulatedNode node : world.nodes) {
            boolean leaving = node.assigned && world.metadata.mayVote(node.replicaId);
            if (leaving && !replicas.contains(node.replicaId)) {
                replicas.add(node.replicaId);
            }
        }
        return replicas;
    }

    private void release() {
        for (SimulatedNode node : world.nodes) {
            if (node.heldDown) {
                node.heldDown = false;
                node.start();
                if (world.metadata.forced() != null) {
                    world.metadata.tellForced(node, 1_500_000);
                }
            }
        }
    }

    void heal() {
        release();
    }

    // ---- the books -------------------------------------------------------------------------------------------

    boolean isForced(int leaderEpoch) {
        return forcedEpochs.contains(leaderEpoch);
    }

    boolean isForced(EpochStarted started) {
        return isForced(started.leaderEpoch());
    }

    /// The newest forced epoch that has begun; -1: none.
    int startedEpoch() {
        return startedEpoch;
    }

    /// What it takes for committed counts no more.
    boolean isOvertaken(ReplicaShell replica) {
        return replica.node.disk.image.lastEpoch() < startedEpoch;
    }

    /// Before all judges: from the forced marker on, what its voter has is what was committed.
    void written(ReplicaShell replica, ReplicaEvent event) {
        if (event instanceof EpochStarted started
                && isForced(started)
                && started.leader().equals(replica.node.replicaId)
                && started.leaderEpoch() >= startedEpoch) {
            // Again when the machine went down before the first one was on its disk.
            int earlierEpoch = startedEpoch;
            startedEpoch = started.leaderEpoch();
            rewind(replica, earlierEpoch);
            world.agenda.after(chance.between(100_000, 4_000_000), this::release);
        }
    }

    private void rewind(ReplicaShell replica, int earlierEpoch) {
        List<StoredBatch> log = replica.node.disk.log();
        List<StoredBatch> committed = world.committed.batches();
        int heard = heardOf(replica, earlierEpoch);
        long from = replica.node.disk.image.logStartOffset;
        if (heard < committed.size() && !log.isEmpty()) {
            // Its own past counts again, from the oldest of it that its disk still has.
            from = Math.min(from, log.getFirst().baseOffset());
        }
        int keep = Math.min(world.committed.indexOf(from), heard);
        for (int own = LogTail.firstAtOrAfter(log, from);
                own < log.size() && keep < committed.size() && log.get(own).isSame(committed.get(keep));
                own++) {
            keep++;
        }
        List<StoredBatch> cut = world.committed.cut(keep, from);
        cut.forEach(this::lose);
        world.trace.line(world.agenda.nowUs(), () -> "FORCED epoch begins, " + cut.size() + " batches are lost");
        world.clients.consumers.forEach(consumer -> consumer.rewind(world.committed.end()));
        countAgain(replica);
        long logStartOffset = replica.node.disk.image.logStartOffset;
        boolean isEmpty = LogTail.firstAtOrAfter(log, logStartOffset) == log.size();
        world.judges.rewound(isEmpty ? logStartOffset : 0);
    }

    /// Of a forced epoch that its voter never heard of, nothing counts, also below where its log begins.
    ///
    /// @return index of the first batch that was committed since then
    private int heardOf(ReplicaShell replica, int earlierEpoch) {
        int count = world.committed.batches().size();
        boolean heard = replica.node.disk.image.markers.stream()
                .anyMatch(marker -> marker.leaderEpoch() >= earlierEpoch && marker.leaderEpoch() < startedEpoch);
        if (earlierEpoch < 0 || earlierEpoch == startedEpoch || heard) {
            return count;
        }
        int index = count;
        while (index > 0 && world.committed.epochOfCommit(index - 1) >= earlierEpoch) {
            index--;
        }
        return index;
    }

    /// What its voter knows to be committed, though an earlier force had given it up.
    private void countAgain(ReplicaShell replica) {
        List<StoredBatch> log = replica.node.disk.log();
        for (int i = LogTail.firstAtOrAfter(log, world.committed.end());
                i < log.size() && log.get(i).nextOffset() <= replica.core.highWatermark();
                i++) {
            world.committed.add(log.get(i), startedEpoch);
        }
    }

    /// A leader of an earlier era takes them for committed.
    void committedInVain(ReplicaShell replica, long fromOffset, long toOffset) {
        List<StoredBatch> log = replica.node.disk.log();
        for (int i = LogTail.firstAtOrAfter(log, fromOffset);
                i < log.size() && log.get(i).nextOffset() <= toOffset;
                i++) {
            if (!world.committed.contains(log.get(i))) {
                lose(log.get(i));
            }
        }
    }

    private void lose(StoredBatch batch) {
        lost.add(new Lost(batch.header().producerId(), batch.header().baseSequence(), batch.baseOffset()));
    }

    /// Whether what was acknowledged there may be gone.
    boolean lost(long producerId, int baseSequence, long baseOffset) {
        return lost.contains(new Lost(producerId, baseSequence, baseOffset));
    }
}
