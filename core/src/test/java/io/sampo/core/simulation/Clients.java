package io.sampo.core.simulation;

import io.sampo.core.partition.AppendOutcome;
import io.sampo.core.partition.BarrierRequest;
import io.sampo.core.partition.DeleteRecordsRequest;
import io.sampo.core.partition.ReplicaEffect;
import io.sampo.core.partition.ReplicaInput;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.protocol.Errors;

/// All clients of the partition.
final class Clients {

    private record Deletion(long beforeOffset, int timeoutMs) implements DeleteRecordsRequest {}

    /// @param committedOffset when it was asked
    /// @param startedEpoch of the newest configuration that was forced by then
    private record Question(long committedOffset, int nodeId, int startedEpoch) implements BarrierRequest {}

    private final World world;
    private final Chance chance;
    final List<Producer> producers = new ArrayList<>();
    final List<Consumer> consumers = new ArrayList<>();
    final List<GroupClient> groups = new ArrayList<>();
    final List<MetadataClient> commanders = new ArrayList<>();
    boolean stopped;
    long barriers;

    Clients(World world) {
        this.world = world;
        this.chance = new Chance(world.scenario.seed(), "clients");
        for (int i = 1; i <= world.scenario.producerCount(); i++) {
            short acks = i == 1 || chance.oneIn(2) ? -1 : (short) chance.below(2);
            producers.add(new Producer(world, i, acks));
        }
        for (int i = 1; i <= 2; i++) {
            consumers.add(new Consumer(world, i));
        }
        for (int i = 1; world.scenario.coordinatesGroups() && i <= 2; i++) {
            groups.add(new GroupClient(world, i));
        }
        for (int i = 1; world.scenario.keepsMetadata() && i <= 4; i++) {
            commanders.add(new MetadataClient(world, i));
        }
    }

    void start() {
        producers.forEach(Producer::start);
        consumers.forEach(Consumer::start);
        groups.forEach(GroupClient::start);
        commanders.forEach(MetadataClient::start);
    }

    boolean isQuiet() {
        return producers.stream().allMatch(Producer::isDone)
                && groups.stream().allMatch(GroupClient::isDone)
                && commanders.stream().allMatch(MetadataClient::isDone);
    }

    /// Whether something that somebody wanted written at that time or later is acknowledged.
    boolean hasWritten(long sinceUs) {
        return producers.stream().anyMatch(producer -> producer.acknowledgedCreatedUs >= sinceUs)
                || commanders.stream().anyMatch(commander -> commander.acknowledgedWishUs >= sinceUs);
    }

    long acknowledged() {
        return producers.stream().mapToLong(producer -> producer.acknowledged).sum();
    }

    boolean restartProducer() {
        chance.of(producers).restart();
        return true;
    }

    /// A replica is about to lead.
    void leaderComes(SimulatedNode node) {
        List<Producer> idempotent =
                producers.stream().filter(Producer::isIdempotent).toList();
        boolean restarts = world.scenario.meanOperationMs().containsKey(Operation.PRODUCER_RESTART);
        if (restarts && !world.healed && chance.oneIn(4)) {
            long soonUs = 4 * world.scenario.writeUs() + 8 * world.scenario.delayUs();
            chance.of(idempotent).restartAt(node, soonUs);
            world.count(Operation.PRODUCER_RESTART);
        }
    }

    boolean deleteRecords() {
        ReplicaShell leader = world.leader();
        long end = world.committed.end();
        if (leader == null || end == 0) {
            return false;
        }
        Deletion deletion = new Deletion(chance.oneIn(4) ? -1 : offsetToDelete(end), 1_000);
        leader.node.runIn(leader, () -> leader.request(deletion));
        return true;
    }

    /// Mostly the border of a batch: what lies inside of one is a case of its own.
    private long offsetToDelete(long end) {
        List<StoredBatch> batches = world.committed.batches();
        return chance.oneIn(3)
                ? chance.between(Math.max(0, end - 20), end)
                : batches.get(Math.max(0, batches.size() - 1 - chance.below(10)))
                        .baseOffset();
    }

    /// Asks every node: those that think that they lead answer, also the one that does not know better yet.
    boolean barrier() {
        for (SimulatedNode node : world.nodes) {
            ReplicaShell shell = node.shell;
            if (shell != null) {
                node.runIn(
                        shell,
                        () -> shell.step(new ReplicaInput.ReadBarrier(
                                new Question(world.committed.end(), node.nodeId, world.disaster.startedEpoch()))));
            }
        }
        return true;
    }

    // ---- answers ---------------------------------------------------------------------------------------------

    void refuse(EpochBoundAppend append) {
        append.completed(AppendOutcome.failed(Errors.NOT_LEADER_OR_FOLLOWER, "another epoch"));
    }

    void completed(ReplicaEffect.AppendCompleted completed) {
        if (completed.request() instanceof EpochBoundAppend append) {
            append.completed(completed.outcome());
            return;
        }
        ClientAppend append = (ClientAppend) completed.request();
        append.producer().answer(append, completed.outcome());
    }

    void completed(ReplicaEffect.DeleteCompleted completed) {
        Deletion deletion = (Deletion) completed.request();
        Violation.check(
                completed.error() != Errors.NONE || completed.lowWatermark() >= deletion.beforeOffset(),
                "DeleteRecords does what it says",
                "low watermark %d after %s",
                completed.lowWatermark(),
                deletion);
    }

    void completed(ReplicaShell replica, ReplicaEffect.BarrierCompleted completed) {
        if (completed.request() instanceof GroupClient.Question asked) {
            asked.proved(completed.error() == Errors.NONE);
            return;
        }
        if (completed.request() instanceof MetadataClient.Question asked) {
            asked.proved(completed.error() == Errors.NONE, completed.highWatermark());
            return;
        }
        Question question = (Question) completed.request();
        if (completed.error() == Errors.NONE) {
            barriers++;
            Violation.check(
                    completed.highWatermark() >= question.committedOffset()
                            || question.startedEpoch() != world.disaster.startedEpoch()
                            || world.disaster.isOvertaken(replica),
                    "a barrier sees all that was committed before it",
                    "node %d answers %d, committed was %d",
                    question.nodeId(),
                    completed.highWatermark(),
                    question.committedOffset());
        }
    }
}
