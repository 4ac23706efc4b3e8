package io.sampo.core.simulation;

import io.sampo.core.partition.BarrierRequest;
import java.util.List;
import java.util.function.Consumer;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.message.OffsetFetchResponseData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// A consumer that commits ever higher positions for a group of its own and asks for them again, one request at a
/// time. Judge of 24: what it is told is never less than what was acknowledged to it before, nor what it never sent.
final class GroupClient {
    private static final String TOPIC = "orders";

    /// A fetch of offsets waits for the proof that the coordinator's replica still led when it was asked.
    record Question(GroupClient client, SimulatedCoordinator coordinator, Consumer<@Nullable ApiMessage> answer)
            implements BarrierRequest {

        void proved(boolean leads) {
            if (leads) {
                coordinator.fetch(client.fetchRequest(), answer);
            } else {
                answer.accept(null);
            }
        }
    }

    private final World world;
    private final Chance chance;
    private final String groupId;
    private Connection connection;
    private long sentOffset;
    private long acknowledgedOffset = -1;
    private long request;
    private boolean done = true;

    /// When the newest commit was acknowledged.
    long acknowledgedUs = -1;

    long commits;
    long fetches;

    GroupClient(World world, int number) {
        this.world = world;
        this.chance = new Chance(world.scenario.seed(), "group-" + number);
        this.groupId = "group-" + number;
        this.connection = new Connection(world, 1);
    }

    boolean isDone() {
        return done;
    }

    /// The next request, or the same again elsewhere.
    void start() {
        done = world.clients.stopped;
        if (done) {
            return;
        }
        long current = ++request;
        if (chance.oneIn(3)) {
            fetch(current);
        } else {
            commit(current);
        }
        world.agenda.after(3_000_000, () -> {
            if (request == current) {
                lookElsewhere();
            }
        });
    }

    private void lookElsewhere() {
        request++;
        connection.close();
        ReplicaShell leader = world.leader();
        int nodeId = leader == null || chance.oneIn(8) ? chance.of(world.nodes).nodeId : leader.node.nodeId;
        connection = new Connection(world, nodeId);
        next();
    }

    private void next() {
        long waiting = request;
        world.agenda.after(chance.exponential(200_000), () -> {
            if (request == waiting) {
                start();
            }
        });
    }

    private void commit(long current) {
        long offset = ++sentOffset;
        OffsetCommitRequestData data = new OffsetCommitRequestData()
                .setGroupId(groupId)
                .setGenerationIdOrMemberEpoch(-1)
                .setTopics(List.of(new OffsetCommitRequestTopic()
                        .setName(TOPIC)
                        .setPartitions(List.of(new OffsetCommitRequestPartition()
                                .setPartitionIndex(0)
                                .setCommittedOffset(offset)))));
        send(current, (coordinator, answer) -> coordinator.commit(data, answer), response -> {
            OffsetCommitResponseData body = (OffsetCommitResponseData) response;
            boolean done = body.topics().getFirst().partitions().getFirst().errorCode() == Errors.NONE.code();
            if (done) {
                commits++;
                acknowledgedOffset = offset;
                acknowledgedUs = world.agenda.nowUs();
            }
            return done;
        });
    }

    private OffsetFetchRequestGroup fetchRequest() {
        return new OffsetFetchRequestGroup()
                .setGroupId(groupId)
                .setTopics(List.of(new OffsetFetchRequestTopics().setName(TOPIC).setPartitionIndexes(List.of(0))));
    }

    private void fetch(long current) {
        send(current, (coordinator, answer) -> coordinator.ask(new Question(this, coordinator, answer)), response -> {
            long offset = ((OffsetFetchResponseData) response)
                    .groups()
                    .getFirst()
                    .topics()
                    .getFirst()
                    .partitions()
                    .getFirst()
                    .committedOffset();
            fetches++;
            Violation.check(
                    offset >= acknowledgedOffset && offset <= sentOffset,
                    "24 committed group offsets are read again",
                    "%s: read %d, acknowledged was %d, sent %d",
                    groupId,
                    offset,
                    acknowledgedOffset,
                    sentOffset);
            return true;
        });
    }

    private interface Call {
        void run(SimulatedCoordinator coordinator, Consumer<@Nullable ApiMessage> answer);
    }

    private interface Reaction {
        boolean done(ApiMessage response);
    }

    private void send(long current, Call call, Reaction reaction) {
        Connection used = connection;
        Consumer<@Nullable ApiMessage> answer = response -> used.toClient(() -> {
            if (request == current) {
                if (response != null && reaction.done(response)) {
                    next();
                } else {
                    lookElsewhere();
                }
            }
        });
        used.toNode(() -> {
            SimulatedNode node = world.node(used.nodeId);
            ReplicaShell shell = node.shell;
            if (shell == null) {
                answer.accept(null);
                return;
            }
            node.runIn(shell, () -> {
                SimulatedCoordinator coordinator = shell.coordinator;
                if (coordinator == null) {
                    answer.accept(null);
                } else {
                    call.run(coordinator, answer);
                }
            });
        });
    }
}
