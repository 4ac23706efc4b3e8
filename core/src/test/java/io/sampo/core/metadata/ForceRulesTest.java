package io.sampo.core.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.sampo.core.metadata.ControllerCommand.ForceConfig;
import io.sampo.core.metadata.ControllerCommand.Forced;
import io.sampo.core.partition.ForcedConfig;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.ReplicaId;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData.ReassignablePartition;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData.ReassignableTopic;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ForceRulesTest {
    private static final int FIRST = ForcedConfig.nextEpoch(0);

    private final Cluster cluster = new Cluster(4, Map.of());
    private PartitionId id = new PartitionId(Uuid.ZERO_UUID, 0);

    @BeforeEach
    void create() {
        cluster.create(Cluster.assigned("t", List.of(List.of(1, 2, 3), List.of(1, 2, 3))));
        id = Objects.requireNonNull(cluster.image.topic("t")).partitionId(0);
    }

    private static ReplicaId replica(int nodeId) {
        return new ReplicaId(nodeId, Cluster.node(nodeId).directoryId());
    }

    private Forced force(int nodeId, int knownEpoch) {
        return cluster.tell(new ForceConfig(id, replica(nodeId), knownEpoch));
    }

    @Test
    void theImageSaysWhoLeadsFromWhichEpochOn() {
        assertNull(cluster.image.forcedConfig(id));

        assertEquals(new Forced(Errors.NONE, null, FIRST), force(2, 17));

        assertEquals(new ForcedConfig(FIRST, replica(2)), cluster.image.forcedConfig(id));
        assertNull(cluster.image.forcedConfig(new PartitionId(id.topicId(), 1)));
        assertEquals(
                List.of(1, 2, 3),
                Objects.requireNonNull(cluster.image.assignment(id)).replicas());
    }

    @Test
    void whatIsOnItsWayIsNotForcedAgain() {
        force(2, 17);

        assertEquals(FIRST, force(3, 17).leaderEpoch(), "another one would lack what node 2 may have acknowledged");
        assertEquals(List.of(), cluster.lastRecords);
        assertEquals(new ForcedConfig(FIRST, replica(2)), cluster.image.forcedConfig(id));
    }

    @Test
    void anotherOneIsForcedWhenTheFirstIsGone() {
        force(2, 17);
        cluster.liveNodes.remove(2);

        assertEquals(2 * FIRST, force(3, 17).leaderEpoch());
        assertEquals(new ForcedConfig(2 * FIRST, replica(3)), cluster.image.forcedConfig(id));
    }

    @Test
    void anotherOneIsForcedWhenTheFirstEpochIsHistory() {
        force(2, 17);

        assertEquals(2 * FIRST, force(3, FIRST + 4).leaderEpoch());
    }

    @Test
    void onlyReplicasInTheirPresentDirectoriesCanLead() {
        assertEquals(Errors.ELIGIBLE_LEADERS_NOT_AVAILABLE, force(4, 17).error());
        Forced otherDirectory = cluster.tell(new ForceConfig(id, new ReplicaId(1, Uuid.ONE_UUID), 17));
        assertEquals(Errors.ELIGIBLE_LEADERS_NOT_AVAILABLE, otherDirectory.error());
        Forced unknown = cluster.tell(new ForceConfig(new PartitionId(id.topicId(), 7), replica(1), 17));
        assertEquals(Errors.UNKNOWN_TOPIC_OR_PARTITION, unknown.error());
        assertNull(cluster.image.forcedConfig(id));
    }

    @Test
    void whoIsToLeaveCanLead() {
        reassign(List.of(2, 3, 4));

        assertEquals(Errors.NONE, force(1, 17).error());
    }

    @Test
    void aReassignmentKeepsWhatWasForced() {
        force(2, 17);

        reassign(List.of(2, 3, 4));

        assertEquals(new ForcedConfig(FIRST, replica(2)), cluster.image.forcedConfig(id));
    }

    @Test
    void thereIsAnEndToIt() {
        assertEquals(Errors.NONE, force(2, ForcedConfig.LAST_ERA - 1).error());
        assertEquals(Errors.INVALID_REQUEST, force(3, ForcedConfig.LAST_ERA).error());
    }

    private void reassign(List<Integer> replicas) {
        AlterPartitionReassignmentsRequestData request = new AlterPartitionReassignmentsRequestData();
        request.topics()
                .add(new ReassignableTopic()
                        .setName("t")
                        .setPartitions(List.of(
                                new ReassignablePartition().setPartitionIndex(0).setReplicas(replicas))));
        cluster.tell(new ControllerCommand.AlterPartitionReassignments(request));
    }
}
