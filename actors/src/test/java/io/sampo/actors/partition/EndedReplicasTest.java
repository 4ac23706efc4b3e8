package io.sampo.actors.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sampo.core.partition.PartitionId;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

class EndedReplicasTest {
    private static final PartitionId FIRST = new PartitionId(Uuid.randomUuid(), 0);
    private static final PartitionId SECOND = new PartitionId(Uuid.randomUuid(), 1);

    private final EndedReplicas ended = new EndedReplicas();

    @Test
    void eachEndIsNamedOnceAndCountedForEver() {
        assertEquals(new EndedReplicas.Ended(0, List.of()), ended.take());
        ended.ended(FIRST);
        ended.ended(SECOND);
        assertEquals(new EndedReplicas.Ended(0, List.of(FIRST, SECOND)), ended.take());
        ended.ended(FIRST);
        EndedReplicas.Ended again = ended.take();
        assertEquals(new EndedReplicas.Ended(2, List.of(FIRST)), again);
        assertEquals(3, again.total());
    }

    @Test
    void tooManyAreOnlyCounted() {
        for (int i = 0; i <= EndedReplicas.MAX_NAMED; i++) {
            ended.ended(FIRST);
        }
        assertEquals(new EndedReplicas.Ended(EndedReplicas.MAX_NAMED, List.of(FIRST)), ended.take());
    }
}
