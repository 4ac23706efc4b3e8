package io.sampo.core.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.sampo.core.partition.QuorumCluster.Node;
import io.sampo.core.partition.ReplicaContext.TestAppend;
import java.util.List;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

/// A change of voters that those of before can confirm no more.
class UnconfirmedConfigTest {

    /// One of four voters is to leave. When the leader and one more have the new configuration, the other
    /// two are lost: a majority of three is there, one of four is not. The leader would wait for it for
    /// ever, and be believed.
    @Test
    void aLeaderThatWaitsForALostMajorityMakesRoom() {
        QuorumCluster cluster = new QuorumCluster(1, 4, true);
        Node leader = cluster.leader();
        leader.append(Batches.plain(1), -1);
        cluster.pass(1_000);
        List<Node> others =
                cluster.nodes.values().stream().filter(node -> node != leader).toList();
        Node stays = others.get(0);
        List<Node> lost = others.subList(1, 3);
        cluster.delivers = envelope -> leader.core.config().voters().size() == 4
                || lost.stream().noneMatch(node -> node.id.equals(envelope.to()));

        List<ReplicaId> three = List.of(leader.id, stays.id, lost.getFirst().id);
        cluster.nodes.values().forEach(node -> node.step(new ReplicaInput.DesiredReplicas(three, List.of(), null)));
        for (int i = 0; i < 100 && stays.core.config().voters().size() == 4; i++) {
            cluster.pass(100);
        }
        assertEquals(new VoterSet(stays.core.config().voters(), List.of()), leader.core.config());
        assertEquals(3, stays.core.config().voters().size());
        lost.forEach(Node::kill);
        cluster.pass(20_000);

        Node active = cluster.active();
        assertNotNull(active, "two of three");
        TestAppend append = active.append(Batches.plain(1), -1);
        cluster.pass(2_000);
        assertEquals(Errors.NONE, active.outcomes(append).getLast().error());
    }
}
