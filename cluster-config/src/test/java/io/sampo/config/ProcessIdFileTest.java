package io.sampo.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessIdFileTest {
    private static final Path ALWAYS_FULL = Path.of("/dev/full");

    @TempDir
    Path directory;

    @Test
    void holdsTheIdOfThisProcessUntilItIsRemoved() throws IOException {
        ProcessIdFile file = new ProcessIdFile(directory);
        file.write();
        assertEquals(ProcessHandle.current().pid() + "\n", Files.readString(directory.resolve("sampo.pid")));
        file.remove();
        file.remove();
        assertFalse(Files.exists(directory.resolve("sampo.pid")));
    }

    /// A node that started on a full disk ended here, half: its threads served, and nobody was told.
    @Test
    void aDiskWithoutRoomIsNoReasonToEnd() throws IOException {
        assumeTrue(Files.exists(ALWAYS_FULL), "no device that is always full");
        Files.createSymbolicLink(directory.resolve("sampo.pid"), ALWAYS_FULL);
        new ProcessIdFile(directory).write();
        assertFalse(Files.isSymbolicLink(directory.resolve("sampo.pid")), "what was written is taken away");
        assertTrue(Files.exists(ALWAYS_FULL));
    }

    @Test
    void nothingIsThrownWhenItCanNeitherBeWrittenNorRemoved() throws IOException {
        Files.createDirectories(directory.resolve("sampo.pid").resolve("other"));
        ProcessIdFile file = new ProcessIdFile(directory);
        file.write();
        file.remove();
        assertTrue(Files.isDirectory(directory.resolve("sampo.pid")));
    }
}
