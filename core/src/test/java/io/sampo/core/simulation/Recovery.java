package io.sampo.core.simulation;

import io.sampo.core.partition.ReplicaId;
import io.sampo.core.partition.VoterSet;
import java.util.Comparator;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/// The second phase of a run: everything is healed, and service is required (26): an acks=all write within ten
/// election timeouts, or, when it needs a voter whose directory is lost, within what a change of voters may take; then
/// the wanted configuration without suspects, then silence and equal logs.
final class Recovery {
    private static final String NAME = "26 service comes back";
    private static final long STEP_US = 250_000;
    private static final long RECONFIGURATION_US = 90_000_000;

    private final World world;

    Recovery(World world) {
        this.world = world;
    }

    void run() {
        world.nemesis.heal();
        long healedUs = world.agenda.nowUs();
        var replication = world.scenario.replication();
        long tenTimeoutsUs = 10_000L * (replication.electionTimeoutMs() + replication.electionJitterMs());
        await(
                needsReplacement() ? RECONFIGURATION_US : tenTimeoutsUs,
                () -> world.clients.hasWritten(healedUs),
                () -> "no acks=all write");
        await(
                30_000_000,
                () -> world.clients.groups.stream().allMatch(group -> group.acknowledgedUs >= healedUs),
                () -> "no position of a group is committed");
        await(RECONFIGURATION_US, this::isSettled, () -> "reconfiguration does not end");
        world.clients.stopped = true;
        await(30_000_000, world.clients::isQuiet, () -> "a producer waits for ever");
        await(30_000_000, this::isCaughtUp, () -> "replicas or consumers do not catch up");
        boolean hasStrays = world.nodes.stream()
                .anyMatch(node -> node.assigned && !world.metadata.holders().contains(node.replicaId));
        if (world.scenario.rests() && !hasStrays) {
            rest();
        }
        loseIdleLeader(tenTimeoutsUs);
    }

    /// Whether `min.insync.replicas` asks for more voters than have their directories.
    private boolean needsReplacement() {
        VoterSet newest = world.nodes.stream()
                .map(node -> node.disk.image)
                .max(Comparator.comparingInt(DiskImage::lastEpoch))
                .map(DiskImage::config)
                .orElse(VoterSet.NONE);
        long intact = newest.voters().stream().filter(world.damage::isIntact).count();
        return Math.min(world.minInSyncReplicas, newest.voters().size()) > intact;
    }

    /// An idle partition falls silent.
    private void rest() {
        long sent = -1;
        // What a producer that waits for no answer sent long ago may still arrive.
        for (int tries = 0; tries < 4 && world.network.sent != sent; tries++) {
            await(30_000_000, this::rests, () -> "the partition does not come to rest");
            sent = world.network.sent;
            world.agenda.runUntil(world.agenda.nowUs() + 10_000_000);
        }
        if (world.network.sent != sent || !rests()) {
            throw new Violation(
                    "an idle partition is silent",
                    world.network.sent - sent + " messages in 10 s, " + Describe.state(world));
        }
    }

    /// It notices nevertheless that its leader is gone.
    private void loseIdleLeader(long limitUs) {
        world.agenda.runUntil(world.agenda.nowUs() + 5_000_000);
        ReplicaShell leader = world.leader();
        int voters = world.metadata.desired().size();
        if (leader != null && voters >= 3 && world.minInSyncReplicas < voters) {
            leader.node.killProcess();
        }
        world.clients.stopped = false;
        world.clients.producers.forEach(Producer::start);
        world.clients.groups.forEach(GroupClient::start);
        world.clients.commanders.forEach(MetadataClient::start);
        long writtenUs = world.agenda.nowUs();
        await(limitUs, () -> world.clients.hasWritten(writtenUs + 1), () -> "no acks=all write after the rest");
        world.clients.stopped = true;
        if (leader != null) {
            leader.node.start();
        }
        await(30_000_000, world.clients::isQuiet, () -> "a producer waits for ever");
        await(30_000_000, this::isCaughtUp, () -> "replicas or consumers do not catch up");
    }

    private boolean rests() {
        return world.metadata.holders().stream()
                .map(replica -> world.node(replica.nodeId()).shell)
                .allMatch(shell ->
                        shell != null && (shell.core.isResting() || shell.core.nextTickMs() == Long.MAX_VALUE));
    }

    private void await(long limitUs, BooleanSupplier condition, Supplier<String> otherwise) {
        long endUs = world.agenda.nowUs() + limitUs;
        while (!condition.getAsBoolean()) {
            if (world.agenda.nowUs() >= endUs) {
                throw new Violation(
                        NAME, otherwise.get() + " after " + limitUs / 1_000_000 + " s: " + Describe.state(world));
            }
            world.agenda.runUntil(world.agenda.nowUs() + STEP_US);
        }
    }

    private boolean isSettled() {
        List<ReplicaId> desired = world.metadata.desired();
        ReplicaShell leader = world.leader();
        if (leader == null) {
            return false;
        }
        List<ReplicaId> voters = leader.node.disk.image.config().voters();
        return voters.size() == desired.size()
                && voters.containsAll(desired)
                && desired.stream().allMatch(world.damage::isIntact);
    }

    private boolean isCaughtUp() {
        long end = world.committed.end();
        boolean consumed = world.clients.consumers.stream().allMatch(consumer -> consumer.position() == end);
        return consumed
                && world.images.areCaughtUp()
                && world.metadata.holders().stream()
                        .map(replica -> world.node(replica.nodeId()).disk)
                        .allMatch(disk -> disk.logEndOffset() == end && !disk.hasDamage());
    }
}
