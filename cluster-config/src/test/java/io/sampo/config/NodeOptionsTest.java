package io.sampo.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodeOptionsTest {

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path directory;

    @Test
    void withoutAnythingANodeListensOnLoopbackAt9092() throws IOException {
        NodeOptions options = NodeOptions.read(null, null, null, Map.of());

        assertEquals("PLAINTEXT://127.0.0.1:9092", options.properties().get("listeners"));
        assertEquals("0", options.properties().get("group.initial.rebalance.delay.ms"));
        assertTrue(options.dataDirectory().isAbsolute());
    }

    @Test
    void setIsStrongerThanFlagsAndFlagsThanTheFileAndTheFileThanTheProfile() throws IOException {
        Path file = directory.resolve("server.properties");
        Files.writeString(file, """
                listeners=PLAINTEXT://127.0.0.1:1111
                group.initial.rebalance.delay.ms=3000
                num.partitions=4
                log.dirs=/from/file
                """);

        NodeOptions options = NodeOptions.read(file, 2222, directory, Map.of("num.partitions", "8"));

        assertEquals("PLAINTEXT://127.0.0.1:2222", options.properties().get("listeners"));
        assertEquals("3000", options.properties().get("group.initial.rebalance.delay.ms"));
        assertEquals("8", options.properties().get("num.partitions"));
        assertEquals(directory.toAbsolutePath(), options.dataDirectory());
    }

    @Test
    void listenersOfTheFileStayWhenNoPortIsGiven() throws IOException {
        Path file = directory.resolve("server.properties");
        Files.writeString(file, "listeners=PLAINTEXT://0.0.0.0:1111\nlog.dir=/from/file\n");

        NodeOptions options = NodeOptions.read(file, null, null, Map.of());

        assertEquals("PLAINTEXT://0.0.0.0:1111", options.properties().get("listeners"));
        assertEquals(Path.of("/from/file"), options.dataDirectory());
    }

    @Test
    void aMissingFileAndSeveralDirectoriesAreNamed() {
        Path missing = directory.resolve("missing.properties");
        var noFile =
                assertThrows(IllegalArgumentException.class, () -> NodeOptions.read(missing, null, null, Map.of()));
        var twoDirectories = assertThrows(
                IllegalArgumentException.class, () -> NodeOptions.read(null, null, null, Map.of("log.dirs", "/a,/b")));

        assertTrue(String.valueOf(noFile.getMessage()).contains(missing.toString()));
        assertTrue(String.valueOf(twoDirectories.getMessage()).contains("/a,/b"));
    }
}
