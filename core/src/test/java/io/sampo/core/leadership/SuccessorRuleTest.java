package io.sampo.core.leadership;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.sampo.core.partition.ReplicaId;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

class SuccessorRuleTest {
    private static final List<Integer> PREFERENCE = List.of(3, 1, 2);

    private static ReplicaId replica(int nodeId) {
        return new ReplicaId(nodeId, new Uuid(nodeId, nodeId));
    }

    @Test
    void theOneThatMetadataPreferOfThoseInSyncComesNext() {
        assertEquals(
                replica(1),
                SuccessorRule.successor(
                        replica(3), List.of(replica(2), replica(3), replica(1)), PREFERENCE, _ -> true));
        assertEquals(
                replica(2),
                SuccessorRule.successor(replica(3), List.of(replica(3), replica(2)), PREFERENCE, _ -> true));
    }

    @Test
    void nobodyComesWhoCannotBeReached() {
        List<ReplicaId> inSync = List.of(replica(1), replica(2), replica(3));
        assertEquals(replica(2), SuccessorRule.successor(replica(3), inSync, PREFERENCE, node -> node != 1));
        assertNull(SuccessorRule.successor(replica(3), inSync, PREFERENCE, node -> node == 3));
        assertNull(SuccessorRule.successor(replica(3), List.of(replica(3)), PREFERENCE, _ -> true), "alone");
    }

    @Test
    void whoIsNotWantedAnyMoreComesLast() {
        List<ReplicaId> inSync = List.of(replica(5), replica(4), replica(2));
        assertEquals(replica(2), SuccessorRule.successor(replica(3), inSync, PREFERENCE, _ -> true));
        assertEquals(replica(5), SuccessorRule.successor(replica(3), inSync, PREFERENCE, node -> node != 2));
    }
}
