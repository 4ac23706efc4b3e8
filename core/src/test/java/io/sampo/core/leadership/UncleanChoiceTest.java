package io.sampo.core.leadership;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sampo.core.partition.ForcedConfig;
import io.sampo.core.partition.LogKey;
import io.sampo.core.partition.ReplicaId;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

class UncleanChoiceTest {
    private static final ReplicaId ONE = new ReplicaId(1, new Uuid(1, 1));
    private static final ReplicaId TWO = new ReplicaId(2, new Uuid(2, 2));
    private static final ReplicaId THREE = new ReplicaId(3, new Uuid(3, 3));
    private static final List<ReplicaId> REPLICAS = List.of(ONE, TWO, THREE);

    private static ReplicaStanding standing(ReplicaId replica, int lastEpoch, long logEndOffset, boolean suspect) {
        return new ReplicaStanding(replica, new LogKey(lastEpoch, logEndOffset), 10 + replica.nodeId(), suspect, false);
    }

    private static Optional<UncleanChoice> choose(ReplicaStanding... standings) {
        return UncleanChoice.of(REPLICAS, List.of(standings));
    }

    @Test
    void theBestLogLeads() {
        assertEquals(
                Optional.of(new UncleanChoice(TWO, 13)),
                choose(standing(ONE, 4, 100, false), standing(TWO, 5, 7, false), standing(THREE, 5, 6, false)));
    }

    @Test
    void alsoWhenItMayHaveLostRecords() {
        assertEquals(
                Optional.of(new UncleanChoice(TWO, 12)), choose(standing(ONE, 5, 6, false), standing(TWO, 5, 7, true)));
    }

    @Test
    void ofEqualLogsTheOneThatIsTrustedAndThenThePreferredOne() {
        assertEquals(
                Optional.of(new UncleanChoice(TWO, 13)),
                choose(standing(THREE, 5, 7, false), standing(ONE, 5, 7, true), standing(TWO, 5, 7, false)));
    }

    @Test
    void theKnownEpochIsTheHighestThatAnybodyLedOrPromised() {
        assertEquals(Optional.of(new UncleanChoice(ONE, 70)), choose(standing(ONE, 70, 6, false)));
    }

    @Test
    void whoWasNamedBeforeIsGivenUpWhenItDoesNotAnswer() {
        ForcedConfig before = new ForcedConfig(1 << 20, TWO);
        ReplicaStanding one = standing(ONE, 5, 7, false);
        ReplicaStanding two = standing(TWO, 5, 6, false);
        UncleanChoice choice = choose(one, two).orElseThrow();

        assertEquals(choice, choice.afterGivingUp(null, List.of(one, two)));
        assertEquals(choice, choice.afterGivingUp(before, List.of(one, two)), "it is on its way");
        assertEquals(new UncleanChoice(ONE, 1 << 20), choice.afterGivingUp(before, List.of(one)));
    }

    @Test
    void strangersAndOldDirectoriesDoNotCount() {
        assertEquals(
                Optional.of(new UncleanChoice(THREE, 13)),
                choose(standing(new ReplicaId(1, new Uuid(9, 9)), 99, 100, false), standing(THREE, -1, 0, false)));
        assertEquals(Optional.empty(), choose());
    }
}
