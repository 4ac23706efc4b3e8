package io.sampo.persistence.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataDirectoryTest {
    @TempDir
    private Path path;

    @Test
    void identityIsKeptAndWipedDisksGetAnother() {
        DataDirectory first = DataDirectory.open(path.resolve("a"), 5);
        first.joinCluster("cluster-1");
        first.close();
        DataDirectory again = DataDirectory.open(path.resolve("a"), 5);
        assertEquals(first.properties(), again.properties());
        assertThrows(DataDirectoryException.class, () -> again.joinCluster("cluster-2"));
        again.close();
        DataDirectory other = DataDirectory.open(path.resolve("b"), 5);
        assertNotEquals(first.self(), other.self());
        other.close();
        DataDirectoryException wrongNode =
                assertThrows(DataDirectoryException.class, () -> DataDirectory.open(path.resolve("a"), 6));
        assertTrue(String.valueOf(wrongNode.getMessage()).contains("belongs to node 5"));
    }

    @Test
    void aSecondUserInTheSameProcessIsRefused() {
        DataDirectory first = DataDirectory.open(path, 1);
        assertRefused(assertThrows(DataDirectoryException.class, () -> DataDirectory.open(path, 1))
                .getMessage());
        first.close();
        DataDirectory.open(path, 1).close();
    }

    private void assertRefused(@org.jspecify.annotations.Nullable String message) {
        assertEquals(
                "The data directory " + path.toAbsolutePath()
                        + " is in use by another Sampo process. Stop that one, or give this one another directory.",
                message);
    }

    @Test
    void aSecondProcessIsRefused() throws IOException, InterruptedException {
        DataDirectory first = DataDirectory.open(path, 1);
        Process second = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        SecondProcess.class.getName(),
                        path.toString())
                .redirectErrorStream(true)
                .start();
        String output = new String(second.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertTrue(second.waitFor(30, TimeUnit.SECONDS));
        assertEquals(3, second.exitValue(), output);
        assertRefused(output.strip());
        first.close();
    }

    static final class SecondProcess {
        private SecondProcess() {}

        public static void main(String[] arguments) {
            try {
                DataDirectory.open(Path.of(arguments[0]), 1);
            } catch (DataDirectoryException refused) {
                System.out.println(refused.getMessage());
                System.exit(3);
            }
        }
    }
}
