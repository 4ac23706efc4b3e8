package io.sampo.chaos;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sampo.chaos.fault.FaultKind;
import io.sampo.chaos.rig.Namespaces;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The checker finds bugs that are planted into nodes, so a run without a violation says something.
@Tag("long")
@Timeout(value = 15, unit = TimeUnit.MINUTES)
final class PlantedBugTest {
    private static final int TRIES = 4;

    /// Acknowledged before it is on a majority; sent twice after a change of leaders; a follower's own end never
    /// cut.
    @ParameterizedTest
    @ValueSource(strings = {"ACK_BEFORE_COMMIT", "NO_DEDUPLICATION_AFTER_FAILOVER", "NO_TRUNCATION"})
    void aPlantedBugIsFound(String bug, @TempDir Path dir) throws Exception {
        assumeTrue(Namespaces.missing().isEmpty(), "needs network namespaces");
        List<FaultKind> faults = List.of(FaultKind.PARTITION_LEADER, FaultKind.KILL_LEADER);
        boolean clean = true;
        for (int i = 0; i < TRIES && clean; i++) {
            clean = runIsClean(dir.resolve("try-" + i), faults, bug);
        }
        assertFalse(clean, "the checker does not see " + bug);
    }

    /// A run that cannot go on is no proof that the bug was seen: it counts as clean.
    private static boolean runIsClean(Path dir, List<FaultKind> faults, String bug) {
        try {
            return Runs.of(Namespaces.create(3), dir, 3, faults, 60, bug)
                    .verdict()
                    .isClean();
        } catch (IOException failed) {
            System.out.println("the run did not work: " + failed.getMessage());
            return true;
        }
    }
}
