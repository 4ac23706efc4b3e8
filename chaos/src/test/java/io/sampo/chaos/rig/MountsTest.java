package io.sampo.chaos.rig;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class MountsTest {
    @Test
    void onlyItsOwnBelowTheDirectoryAreFound() {
        List<String> table = List.of(
                "tmpfs /runs/run-7/node-1/data tmpfs rw 0 0",
                "sampo-chaos /runs/run-7/node-1/data tmpfs rw,size=262144k 0 0",
                "sampo-chaos /runs/run-7/with\\040blank/data tmpfs rw 0 0",
                "sampo-chaos /runs/run-70/node-1/data tmpfs rw 0 0",
                "sampo-chaos",
                "");

        assertEquals(
                List.of(Path.of("/runs/run-7/node-1/data"), Path.of("/runs/run-7/with blank/data")),
                Mounts.below(Path.of("/runs/run-7"), table));
    }
}
