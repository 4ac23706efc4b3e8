package io.sampo.core.metadata;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.metadata.ControllerCommand.Settled;
import io.sampo.core.metadata.TopicImage.PartitionAssignment;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.ReplicaId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData.ReassignablePartition;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData.ReassignableTopic;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ReassignmentRulesTest {
    private final Cluster cluster = new Cluster(5, Map.of());
    private final PartitionId id;

    ReassignmentRulesTest() {
        Uuid topicId = cluster.create(Cluster.assigned("t", List.of(List.of(1, 2, 3), List.of(2, 3, 4))))
                .topicId();
        id = new PartitionId(topicId, 0);
    }

    private PartitionAssignment assignment() {
        return requireNonNull(cluster.image.assignment(id));
    }

    private Errors reassign(@Nullable List<Integer> replicas) {
        return reassign("t", 0, replicas, true);
    }

    private Errors reassign(
            String topic, int partition, @Nullable List<Integer> replicas, boolean mayChangeReplicationFactor) {
        AlterPartitionReassignmentsRequestData request = new AlterPartitionReassignmentsRequestData()
                .setAllowReplicationFactorChange(mayChangeReplicationFactor);
        request.topics()
                .add(new ReassignableTopic()
                        .setName(topic)
                        .setPartitions(List.of(new ReassignablePartition()
                                .setPartitionIndex(partition)
                                .setReplicas(replicas))));
        return Errors.forCode(cluster.tell(new ControllerCommand.AlterPartitionReassignments(request))
                .responses()
                .getFirst()
                .partitions()
                .getFirst()
                .errorCode());
    }

    private int complete(int... voters) {
        List<ReplicaId> replicas = new ArrayList<>();
        for (int voter : voters) {
            replicas.add(new ReplicaId(voter, Cluster.node(voter).directoryId()));
        }
        return cluster.tell(new ControllerCommand.CompleteReassignments(List.of(new Settled(id, replicas))));
    }

    @Test
    void aPartitionMovesAndTheOldReplicaStaysUntilItIsOut() {
        assertEquals(Errors.NONE, reassign(List.of(4, 2, 3)));
        assertEquals(List.of(4, 2, 3), assignment().replicas());
        assertEquals(List.of(1), assignment().leaving());
        assertTrue(assignment().isReassigning());
        assertEquals(List.of(id), ControllerCore.reassigning(cluster.image));
        assertEquals(0, complete(1, 2, 3, 4), "node 1 still votes");
        assertEquals(0, complete(2, 3), "node 4 does not vote yet");
        assertEquals(1, complete(2, 3, 4));
        assertFalse(assignment().isReassigning());
        assertEquals(List.of(4, 2, 3), assignment().hosts());
        assertEquals(List.of(), ControllerCore.reassigning(cluster.image));
    }

    @Test
    void aVoterInAnotherDirectoryThanTheNodesNewestDoesNotComplete() {
        reassign(List.of(4, 2, 3));
        cluster.tell(new ControllerCommand.RegisterNode(
                new NodeImage(4, new Uuid(6, 6), new Uuid(6, 7), null, List.of()), "", true));
        assertEquals(0, complete(2, 3, 4));
    }

    @Test
    void aCancellationReturnsToWhatWas() {
        assertEquals(Errors.NO_REASSIGNMENT_IN_PROGRESS, reassign(null));
        reassign(List.of(4, 5, 3));
        reassign(List.of(4, 2));
        assertEquals(List.of(1, 2, 3), assignment().original(), "the first of several in a row");
        assertEquals(List.of(5, 3, 1), assignment().leaving());
        assertEquals(Errors.NONE, reassign(null));
        assertEquals(List.of(1, 2, 3), assignment().replicas());
        assertEquals(List.of(4, 5), assignment().leaving(), "they may vote by now");
        assertFalse(assignment().isReassigning());
        assertEquals(Errors.NO_REASSIGNMENT_IN_PROGRESS, reassign(null));
        assertEquals(List.of(id), ControllerCore.reassigning(cluster.image));
        assertEquals(1, complete(1, 2, 3));
        assertEquals(List.of(), ControllerCore.reassigning(cluster.image));
    }

    @Test
    void anotherOrderIsNoMove() {
        assertEquals(Errors.NONE, reassign(List.of(3, 1, 2)));
        assertEquals(List.of(3, 1, 2), assignment().replicas());
        assertFalse(assignment().isReassigning());
        assertEquals(List.of(), ControllerCore.reassigning(cluster.image));
        assertEquals(Errors.NONE, reassign(List.of(3, 1, 2)));
        assertEquals(List.of(), cluster.lastRecords, "nothing changes");
    }

    @Test
    void errorsOfReassignments() {
        cluster.create(Cluster.config(Cluster.topic("safe", 1, 3), "min.insync.replicas", "2"));
        assertEquals(Errors.UNKNOWN_TOPIC_OR_PARTITION, reassign("none", 0, List.of(1), true));
        assertEquals(Errors.UNKNOWN_TOPIC_OR_PARTITION, reassign("t", 2, List.of(1), true));
        assertEquals(Errors.UNKNOWN_TOPIC_OR_PARTITION, reassign("t", -1, List.of(1), true));
        assertEquals(Errors.INVALID_REPLICA_ASSIGNMENT, reassign(List.of()));
        assertEquals(Errors.INVALID_REPLICA_ASSIGNMENT, reassign(List.of(1, 1)));
        assertEquals(Errors.INVALID_REPLICA_ASSIGNMENT, reassign(List.of(1, 9)));
        assertEquals(Errors.INVALID_REPLICA_ASSIGNMENT, reassign("safe", 0, List.of(1), true));
        assertEquals(Errors.INVALID_REPLICATION_FACTOR, reassign("t", 0, List.of(1, 2), false));
        assertEquals(Errors.NONE, reassign("t", 0, List.of(1, 2), true));
    }
}
