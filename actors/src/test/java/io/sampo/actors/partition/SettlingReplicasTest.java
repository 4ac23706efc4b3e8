package io.sampo.actors.partition;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.partition.PartitionId;
import java.time.Duration;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

class SettlingReplicasTest {
    private static final PartitionId FIRST = new PartitionId(Uuid.randomUuid(), 0);
    private static final PartitionId SECOND = new PartitionId(Uuid.randomUuid(), 1);

    private final SettlingReplicas settling = new SettlingReplicas(2, Duration.ofSeconds(1));

    @Test
    void nobodyStartsWhileTooManyHaveNoLeader() {
        settling.opened(FIRST, 0);
        assertTrue(settling.hasRoom(0));
        settling.opened(SECOND, 0);
        assertFalse(settling.hasRoom(0));
        settling.settled(FIRST);
        assertTrue(settling.hasRoom(0), "one has its leader");
    }

    @Test
    void whoHasNoLeaderForLongHoldsNobodyUp() {
        settling.opened(FIRST, 0);
        settling.opened(SECOND, 500);
        assertFalse(settling.hasRoom(999));
        assertTrue(settling.hasRoom(1_000), "the first one is waited for no longer");
        settling.opened(FIRST, 1_100);
        assertFalse(settling.hasRoom(1_499), "it opened again");
        assertTrue(settling.hasRoom(1_500));
    }
}
