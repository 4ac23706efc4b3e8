package io.sampo.core.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sampo.core.partition.QuorumCluster.Node;
import io.sampo.core.partition.ReplicaContext.TestAppend;
import java.util.List;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

/// What ends a producer is said by a leader only.
class RefusedAppendTest {

    /// Another leader may have acknowledged what comes before it.
    @Test
    void aLeaderThatIsCutOffDoesNotSayThatASequenceIsOutOfOrder() {
        QuorumCluster cluster = new QuorumCluster(1, 3, true);
        Node leader = cluster.leader();
        cluster.isolate(leader.id.nodeId());

        TestAppend append = leader.append(Batches.idempotent(7, (short) 0, 5, 1), -1);
        cluster.pass(500);
        assertEquals(List.of(), leader.outcomes(append), "nobody confirms that it leads");

        cluster.pass(5_000);
        assertEquals(
                List.of(Errors.NOT_LEADER_OR_FOLLOWER),
                leader.outcomes(append).stream().map(AppendOutcome::error).toList());
    }

    @Test
    void whoLeadsSaysSoAfterARoundTrip() {
        QuorumCluster cluster = new QuorumCluster(1, 3, true);
        Node leader = cluster.leader();

        TestAppend append = leader.append(Batches.idempotent(7, (short) 0, 5, 1), -1);
        cluster.pass(500);

        assertEquals(
                List.of(Errors.OUT_OF_ORDER_SEQUENCE_NUMBER),
                leader.outcomes(append).stream().map(AppendOutcome::error).toList());
    }
}
