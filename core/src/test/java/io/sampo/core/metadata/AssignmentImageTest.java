package io.sampo.core.metadata;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sampo.core.metadata.TopicImage.PartitionAssignment;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.ReplicaId;
import io.sampo.core.partition.VoterSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

/// What the records of assignments make of the image: who begins as a voter, who comes in as a learner.
class AssignmentImageTest {
    private final Cluster cluster = new Cluster(4, Map.of());

    private final Uuid topicId;

    AssignmentImageTest() {
        topicId =
                cluster.create(Cluster.assigned("t", List.of(List.of(1, 2, 3)))).topicId();
    }

    private PartitionAssignment assignment() {
        return requireNonNull(cluster.image.assignment(new PartitionId(topicId, 0)));
    }

    private static ReplicaId replica(int nodeId) {
        return new ReplicaId(nodeId, Cluster.node(nodeId).directoryId());
    }

    private void apply(MetadataRecord... records) {
        cluster.image = MetadataDelta.apply(cluster.image, List.of(records), cluster.image.offset() + records.length);
    }

    private void reassigned(List<Integer> replicas, List<Integer> original, List<Integer> leaving) {
        apply(new MetadataRecord.PartitionReassigned(topicId, 0, replicas, original, leaving));
    }

    @Test
    void theReplicasOfANewPartitionBeginAsVoters() {
        VoterSet all = new VoterSet(List.of(replica(1), replica(2), replica(3)), List.of());
        assertEquals(all, assignment().initialConfig(replica(2)));
        assertEquals(VoterSet.NONE, assignment().initialConfig(replica(4)));
    }

    @Test
    void aNodeWithAnotherDirectoryComesInAsALearner() {
        NodeImage old = Cluster.node(2);
        Uuid emptyDirectory = new Uuid(5, 5);
        apply(new MetadataRecord.NodeRegistered(new NodeImage(2, old.nodeUuid(), emptyDirectory, null, List.of())));
        ReplicaId now = new ReplicaId(2, emptyDirectory);
        assertEquals(VoterSet.NONE, assignment().initialConfig(now));
        assertEquals(List.of(replica(1), now, replica(3)), cluster.image.desiredReplicas(new PartitionId(topicId, 0)));
    }

    @Test
    void aReplicaThatLeftComesBackAsALearner() {
        reassigned(List.of(4, 2, 3), List.of(1, 2, 3), List.of(1));
        assertEquals(List.of(4, 2, 3, 1), assignment().hosts());
        assertEquals(VoterSet.NONE, assignment().initialConfig(replica(4)));
        assertEquals(3, assignment().initialConfig(replica(1)).voters().size());
        reassigned(List.of(4, 2, 3), List.of(), List.of());
        assertEquals(Set.of(), cluster.image.partitionsOn(1));
        reassigned(List.of(1, 2, 3), List.of(4, 2, 3), List.of(4));
        assertEquals(VoterSet.NONE, assignment().initialConfig(replica(1)), "what it had is deleted");
        assertEquals(3, assignment().initialConfig(replica(2)).voters().size());
    }

    @Test
    void theImageKnowsWhatIsOnANode() {
        Uuid other = cluster.create(Cluster.assigned("u", List.of(List.of(4), List.of(1))))
                .topicId();
        assertEquals(Set.of(new PartitionId(topicId, 0), new PartitionId(other, 1)), cluster.image.partitionsOn(1));
        assertEquals(Set.of(new PartitionId(other, 0)), cluster.image.partitionsOn(4));
        assertEquals(Set.of(), cluster.image.partitionsOn(9));
    }

    @Test
    void anUnregisteredNodeIsNoTargetAnyMore() {
        apply(new MetadataRecord.NodeUnregistered(3));
        assertEquals(Set.of(3), cluster.image.retiredNodes());
        assertEquals(List.of(1, 2, 3), assignment().replicas());
        assertEquals(List.of(replica(1), replica(2)), cluster.image.desiredReplicas(new PartitionId(topicId, 0)));
        apply(new MetadataRecord.NodeRegistered(Cluster.node(3)));
        assertEquals(Set.of(), cluster.image.retiredNodes());
    }
}
