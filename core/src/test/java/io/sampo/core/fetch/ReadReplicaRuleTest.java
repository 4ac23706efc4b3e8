package io.sampo.core.fetch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sampo.core.partition.ReplicaId;
import io.sampo.core.partition.ReplicaStatus;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

class ReadReplicaRuleTest {
    private static ReplicaStatus replica(int nodeId, boolean voter, long logEndOffset, long lastCaughtUpMs) {
        return new ReplicaStatus(
                new ReplicaId(nodeId, Uuid.ONE_UUID), voter, logEndOffset, lastCaughtUpMs, lastCaughtUpMs);
    }

    private static final List<ReplicaStatus> REPLICAS = List.of(
            replica(1, true, 100, 9),
            replica(2, true, 80, 5),
            replica(3, true, 90, 3),
            replica(4, true, 90, 4),
            replica(5, true, 90, 4),
            replica(6, false, 100, 9));

    @Test
    void theReplicaWithTheLongestLogIsBest() {
        assertEquals(OptionalInt.of(3), ReadReplicaRule.choose(REPLICAS, Set.of(2, 3)::contains, 0));
    }

    @Test
    void ofEqualLogsTheOneThatWasCaughtUpLastIsBestAndThenTheHighestId() {
        assertEquals(OptionalInt.of(4), ReadReplicaRule.choose(REPLICAS, Set.of(2, 3, 4)::contains, 0));
        assertEquals(OptionalInt.of(5), ReadReplicaRule.choose(REPLICAS, Set.of(2, 3, 4, 5)::contains, 0));
    }

    @Test
    void whoLacksWhatTheConsumerHasReadAlreadyIsOfNoUse() {
        assertEquals(OptionalInt.of(2), ReadReplicaRule.choose(REPLICAS, Set.of(2)::contains, 80));
        assertEquals(OptionalInt.empty(), ReadReplicaRule.choose(REPLICAS, Set.of(2)::contains, 81));
    }

    @Test
    void whoDoesNotVoteIsNotChosen() {
        assertEquals(OptionalInt.empty(), ReadReplicaRule.choose(REPLICAS, Set.of(6)::contains, 0));
    }
}
