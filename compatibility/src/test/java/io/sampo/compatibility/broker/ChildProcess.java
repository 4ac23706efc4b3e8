package io.sampo.compatibility.broker;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/// A process that a test started: its output goes to a file, every wait for it has a deadline, and it does not
/// outlive this JVM. One thread uses one instance.
public final class ChildProcess implements AutoCloseable {
    private static final Set<Process> RUNNING = ConcurrentHashMap.newKeySet();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> RUNNING.forEach(Process::destroyForcibly)));
    }

    private final List<String> command;
    private final Process process;
    private final Path output;

    private ChildProcess(List<String> command, Process process, Path output) {
        this.command = command;
        this.process = process;
        this.output = output;
    }

    /// What a process left behind: its exit code and all that it wrote to standard output and standard error.
    public record Outcome(int exitCode, String output) {
        public List<String> lines() {
            return output.lines().toList();
        }
    }

    /// Starts a process; what it writes is appended to the file `output`, its standard input is empty.
    public static ChildProcess start(List<String> command, Map<String, String> environment, Path output) {
        return start(
                command,
                environment,
                output,
                ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
    }

    private static ChildProcess start(
            List<String> command, Map<String, String> environment, Path output, ProcessBuilder.Redirect input) {
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectInput(input)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()));
        builder.environment().putAll(environment);
        try {
            Process process = builder.start();
            RUNNING.add(process);
            var _ = process.onExit().thenRun(() -> RUNNING.remove(process));
            return new ChildProcess(command, process, output);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start " + command.getFirst(), e);
        }
    }

    /// Runs a process to its end, with `input` on its standard input.
    ///
    /// @throws AssertionError when it is not done within `deadline`; it is killed then
    public static Outcome run(List<String> command, Map<String, String> environment, byte[] input, Duration deadline) {
        Path output = null;
        Path inputFile = null;
        try {
            output = Files.createTempFile("child-", ".out");
            inputFile = Files.createTempFile("child-", ".in");
            Files.write(inputFile, input);
            try (ChildProcess child =
                    start(command, environment, output, ProcessBuilder.Redirect.from(inputFile.toFile()))) {
                return new Outcome(child.awaitExit(deadline), child.output());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            deleteQuietly(output, inputFile);
        }
    }

    /// The command line of a JVM like this one that runs `mainClass`.
    public static List<String> java(List<String> jvmOptions, String classPath, String mainClass, List<String> args) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:+UseSerialGC", "-XX:-UsePerfData"));
        command.addAll(jvmFlags());
        command.addAll(jvmOptions);
        command.addAll(List.of("-cp", classPath, mainClass));
        command.addAll(args);
        return command;
    }

    /// The flags that Pekko and native codecs want on this JDK; the root pom names them.
    private static List<String> jvmFlags() {
        return List.of(System.getProperty(
                        "sampo.jvm.flags", "--sun-misc-unsafe-memory-access=allow --enable-native-access=ALL-UNNAMED")
                .trim()
                .split("\\s+"));
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    public long pid() {
        return process.pid();
    }

    public String output() {
        try {
            return new String(Files.readAllBytes(output), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public int awaitExit(Duration deadline) {
        try {
            if (!process.waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
                throw new AssertionError("not done within " + deadline + ": " + command + "\n" + output());
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /// Asks it to end (SIGTERM).
    public void terminate() {
        process.destroy();
    }

    /// Ends it at once (SIGKILL) and waits until it is gone.
    public void kill() {
        process.destroyForcibly();
        awaitExit(Duration.ofSeconds(20));
    }

    @Override
    public void close() {
        if (process.isAlive()) {
            kill();
        }
    }

    private static void deleteQuietly(@org.jspecify.annotations.Nullable Path... files) throws UncheckedIOException {
        for (Path file : files) {
            try {
                if (file != null) {
                    Files.deleteIfExists(file);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
