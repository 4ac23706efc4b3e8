package io.sampo.core.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.sampo.core.partition.QuorumCluster.Node;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// What may be read at a follower (KIP-392).
class FollowerViewTest {

    private static @Nullable ReadView view(Node node) {
        return node.all(ReplicaEffect.PublishFollowerView.class).getLast().view();
    }

    @Test
    void afterAChangeOfLeaderItMayBeReadAgainAlthoughNothingIsWritten() {
        QuorumCluster cluster = new QuorumCluster(7, 3, true);
        Node first = cluster.leader();
        first.append(Batches.plain(2), -1);
        cluster.pass(2_000);
        Node target = cluster.anyFollower();
        first.step(new ReplicaInput.TransferLeadership(target.id));
        cluster.pass(5_000);
        Node second = cluster.leader();

        for (Node node : cluster.nodes.values()) {
            if (node != second) {
                ReadView view = view(node);
                assertNotNull(view, node::toString);
                assertEquals(2, view.highWatermark(), node::toString);
                assertEquals(second.core.epochStarts().getLast().leaderEpoch(), view.leaderEpoch(), node::toString);
            }
        }
    }

    @Test
    void afterARestartItMayBeReadAgainAlthoughNothingIsWritten() {
        QuorumCluster cluster = new QuorumCluster(8, 3, true);
        Node leader = cluster.leader();
        leader.append(Batches.plain(2), -1);
        cluster.pass(2_000);
        Node follower = cluster.anyFollower();
        follower.kill();
        follower.effects.clear();
        follower.start();
        cluster.pass(2_000);
        ReadView view = view(follower);
        assertNotNull(view);
        assertEquals(2, view.highWatermark());
    }

    @Test
    void itsViewFollowsTheLogStart() {
        QuorumCluster cluster = new QuorumCluster(3, 3, true);
        Node leader = cluster.leader();
        leader.append(Batches.plain(3), -1);
        cluster.pass(1_000);
        leader.step(new ReplicaInput.Requests(List.of(new ReplicaContext.TestDeletion(3))));
        cluster.pass(2_000);

        ReadView view = view(cluster.anyFollower());
        assertNotNull(view);
        assertEquals(3, view.logStartOffset());
        assertEquals(3, view.highWatermark());
    }
}
