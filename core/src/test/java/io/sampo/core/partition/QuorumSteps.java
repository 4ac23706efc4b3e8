package io.sampo.core.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sampo.core.partition.QuorumCluster.Node;
import io.sampo.core.partition.ReplicaContext.TestAppend;
import org.apache.kafka.common.record.internal.MemoryRecords;

/// What stories of a quorum have in common.
final class QuorumSteps {
    private QuorumSteps() {}

    static MemoryRecords batch(int sequence) {
        return Batches.idempotent(7, (short) 0, sequence, 1);
    }

    static AppendOutcome outcome(Node node, TestAppend append) {
        return node.outcomes(append).getLast();
    }

    static void assertSameLogs(QuorumCluster cluster) {
        Node first = cluster.leader();
        for (Node node : cluster.nodes.values()) {
            assertEquals(first.log(), node.log(), node::toString);
            assertEquals(first.core.epochStarts(), node.core.epochStarts(), node::toString);
        }
    }
}
