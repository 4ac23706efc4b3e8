package io.sampo.chaos;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.chaos.fault.FaultKind;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Three nodes with replication factor 3 under load: nothing lost, nothing twice, no error that clients could not
/// retry.
@Timeout(value = 6, unit = TimeUnit.MINUTES)
final class ClusterFaultTest {

    @Test
    void aKilledLeaderTakesNothingWithIt(@TempDir Path dir) throws Exception {
        check(Runs.of(dir, 3, List.of(FaultKind.KILL_LEADER), 20, ""));
    }

    @Test
    void aRollingRestartIsNotNoticedButForTheTimeItTakes(@TempDir Path dir) throws Exception {
        check(Runs.of(dir, 3, List.of(FaultKind.ROLLING_RESTART), 10, ""));
    }

    private static void check(ChaosRun.Result result) {
        assertTrue(result.verdict().isClean(), result.verdict()::toString);
        assertTrue(!result.injected().isEmpty(), "a fault was injected");
        assertTrue(result.verdict().figures().acknowledged() > 500, result.verdict()::toString);
        assertTrue(
                result.verdict().figures().unknown() == 0, () -> "errors that were not retried: " + result.verdict());
    }
}
