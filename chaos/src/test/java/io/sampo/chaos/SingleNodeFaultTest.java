package io.sampo.chaos;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.chaos.fault.FaultKind;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// One node with replication factor 1: it loses nothing either.
@Timeout(value = 5, unit = TimeUnit.MINUTES)
final class SingleNodeFaultTest {

    @Test
    void killsAndLossesOfPowerTakeNothingThatWasAcknowledged(@TempDir Path dir) throws Exception {
        ChaosRun.Result result = Runs.of(dir, 1, List.of(FaultKind.KILL_LEADER, FaultKind.POWER_LOSS), 20, "");

        assertTrue(result.verdict().isClean(), result.verdict()::toString);
        assertTrue(result.verdict().figures().acknowledged() > 100, result.verdict()::toString);
    }
}
