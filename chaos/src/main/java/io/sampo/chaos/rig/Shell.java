package io.sampo.chaos.rig;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Runs the system's own commands (`ip`, `iptables`, `mount`, ...), each with a deadline.
public final class Shell {
    private static final long LIMIT_SECONDS = 20;

    private Shell() {}

    /// What it printed, standard error too.
    ///
    /// @throws IOException when it fails, is missing or takes too long
    public static String run(String... command) throws IOException {
        return run(Arrays.asList(command));
    }

    /// What it printed, standard error too.
    ///
    /// @throws IOException when it fails, is missing or takes too long
    public static String run(List<String> command) throws IOException {
        Path output = Files.createTempFile("sampo-chaos-", ".out");
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IOException("takes too long: " + String.join(" ", command));
            }
            String text = Files.readString(output, StandardCharsets.UTF_8);
            if (process.exitValue() != 0) {
                throw new IOException(String.join(" ", command) + ": " + text.strip());
            }
            return text;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted: " + String.join(" ", command), interrupted);
        } finally {
            Files.deleteIfExists(output);
        }
    }

    public static boolean works(String... command) {
        try {
            run(command);
            return true;
        } catch (IOException _) {
            return false;
        }
    }
}
