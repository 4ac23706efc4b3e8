package io.sampo.chaos.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.chaos.rig.NodeJvm;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The stream client on three nodes of which two are killed, one after the other. `./sampo chaos clients` does
/// more.
final class StreamRunTest {

    @Test
    void killsOfNodesTakeNothingFromItsClients(@TempDir Path directory) throws Exception {
        StreamRun.Plan plan = new StreamRun.Plan(directory.resolve("run"), 1, 2, 500, new NodeJvm(null, "", false));

        StreamRun.Result result = new StreamRun(plan, System.out::println).run();

        assertEquals(List.of(), result.broken());
        assertTrue(result.acknowledged() > 1_000, result::toString);
        assertTrue(result.handled() >= result.acknowledged(), result::toString);
    }
}
