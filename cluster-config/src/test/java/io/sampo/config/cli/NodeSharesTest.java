package io.sampo.config.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartitionInfo;
import org.junit.jupiter.api.Test;

class NodeSharesTest {
    private final Node one = new Node(1, "a", 9092);
    private final Node two = new Node(2, "b", 9092);
    private final Node dead = new Node(3, "", -1);

    @Test
    void leadersReplicasAndWhatIsBehindAreCountedByNodeAlsoOfOneThatIsDown() {
        TopicDescription topic = new TopicDescription(
                "orders",
                false,
                List.of(
                        new TopicPartitionInfo(0, one, List.of(one, two, dead), List.of(one, two)),
                        new TopicPartitionInfo(1, one, List.of(dead, one, two), List.of(one, two)),
                        new TopicPartitionInfo(2, null, List.of(dead), List.of())));

        NodeShares shares = NodeShares.of(List.of(one, two), List.of(topic));

        assertEquals(new NodeShares.Share(1, one, 2, 1, 2, 0), shares.byNode().get(1));
        assertEquals(new NodeShares.Share(2, two, 0, 0, 2, 0), shares.byNode().get(2));
        assertEquals(new NodeShares.Share(3, null, 0, 2, 3, 3), shares.byNode().get(3));
        assertEquals("3 partitions, 1 without a leader, 1 led by another node than preferred", shares.summary());
    }
}
