package io.sampo.core.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sampo.core.partition.ReplicaId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.UnregisterBrokerRequestData;
import org.junit.jupiter.api.Test;

class MetadataVotersTest {
    private static ReplicaId replica(int nodeId) {
        return new ReplicaId(nodeId, Cluster.node(nodeId).directoryId());
    }

    private static List<ReplicaId> replicas(int... nodeIds) {
        List<ReplicaId> replicas = new ArrayList<>();
        for (int nodeId : nodeIds) {
            replicas.add(replica(nodeId));
        }
        return replicas;
    }

    private static MetadataImage nodes(int count) {
        return new Cluster(count, Map.of()).image;
    }

    @Test
    void theirNumberGrowsWithTheCluster() {
        assertEquals(replicas(), MetadataVoters.desired(MetadataImage.EMPTY, List.of()));
        assertEquals(replicas(1), MetadataVoters.desired(nodes(1), replicas(1)));
        assertEquals(replicas(1), MetadataVoters.desired(nodes(2), replicas(1)));
        assertEquals(replicas(1, 2, 3), MetadataVoters.desired(nodes(3), replicas(1)));
        assertEquals(replicas(1, 2, 3), MetadataVoters.desired(nodes(4), replicas(1, 2, 3)));
        assertEquals(replicas(1, 2, 3, 4, 5), MetadataVoters.desired(nodes(7), replicas(1, 2, 3)));
    }

    @Test
    void allOthersObserve() {
        assertEquals(replicas(2), MetadataVoters.observers(nodes(2), replicas(1)));
        assertEquals(replicas(4), MetadataVoters.observers(nodes(4), replicas(1, 2, 3)));
        assertEquals(replicas(), MetadataVoters.observers(nodes(3), replicas(1, 2, 3)));
    }

    @Test
    void aFoundingVoterThatDidNotRegisterYetIsKept() {
        assertEquals(replicas(1, 2, 3), MetadataVoters.desired(nodes(1), replicas(3, 1, 2)));
        assertEquals(replicas(1, 2, 3), MetadataVoters.desired(MetadataImage.EMPTY, replicas(1, 2, 3)));
    }

    @Test
    void whoVotesStaysWhenLowerIdsRegister() {
        assertEquals(
                replicas(2, 4, 5),
                MetadataVoters.desired(nodes(4), replicas(5, 4, 2)).subList(0, 3));
    }

    @Test
    void anUnregisteredVoterIsReplaced() {
        Cluster cluster = new Cluster(4, Map.of());
        cluster.tell(new ControllerCommand.UnregisterNode(new UnregisterBrokerRequestData().setBrokerId(2)));
        assertEquals(replicas(1, 3, 4), MetadataVoters.desired(cluster.image, replicas(1, 2, 3)));
    }

    @Test
    void aVoterWithAnotherDirectoryIsSwapped() {
        Cluster cluster = new Cluster(3, Map.of());
        Uuid fresh = new Uuid(4, 4);
        cluster.tell(
                new ControllerCommand.RegisterNode(new NodeImage(2, new Uuid(6, 6), fresh, null, List.of()), "", true));
        assertEquals(
                List.of(replica(1), new ReplicaId(2, fresh), replica(3)),
                MetadataVoters.desired(cluster.image, replicas(1, 2, 3)));
    }
}
