package io.sampo.core.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.partition.ReplicaContext.TestAppend;
import io.sampo.core.partition.ReplicaMessage.Announce;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

/// A leader whose disk never rests: the next persist begins as soon as one is done.
class BusyLeaderTest {
    private static final ReplicaId OTHER = new ReplicaId(2, new Uuid(2, 2));

    private final ReplicaContext replica = ReplicaContext.active();

    private List<ReplicaMessage> said() {
        return replica.all(ReplicaEffect.Send.class).stream()
                .map(send -> send.envelope().message())
                .toList();
    }

    /// Found by the simulator (seed 60001536): heartbeats, lags and changes of voters waited for a pause
    /// that never came.
    @Test
    void whatIsDueComesWithThePersistThatHeldItUp() {
        replica.step(new ReplicaInput.DesiredReplicas(List.of(ReplicaContext.SELF, OTHER), List.of()));
        replica.hold();
        replica.append(Batches.plain(1));
        replica.effects.clear();
        replica.nowMs += 10_000;

        replica.step(new ReplicaInput.Tick());
        assertEquals(List.of(), said(), "not while a persist is under way");
        replica.releaseOne();

        assertTrue(said().stream().anyMatch(Announce.class::isInstance), () -> "said: " + said());
    }

    @Test
    void whatIsNotDueDoesNotCome() {
        replica.step(new ReplicaInput.DesiredReplicas(List.of(ReplicaContext.SELF, OTHER), List.of()));
        replica.nowMs += 10_000;
        replica.step(new ReplicaInput.Tick());
        replica.hold();
        TestAppend append = replica.append(Batches.plain(1));
        replica.effects.clear();

        replica.releaseOne();

        assertEquals(0, replica.outcomeOf(append).baseOffset());
        assertTrue(said().stream().noneMatch(Announce.class::isInstance), () -> "said: " + said());
    }
}
