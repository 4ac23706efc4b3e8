package io.sampo.bench;

import io.sampo.bench.client.Answer;
import io.sampo.bench.client.ClientKind;
import io.sampo.bench.client.Work;
import io.sampo.bench.client.Worker;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// The process of one client ([Worker]): it is given work and answers with figures. All have the same heap and
/// flags.
///
/// Thread rule: one thread.
final class WorkerProcess implements AutoCloseable {
    static final List<String> JVM_FLAGS = List.of("-Xms512m", "-Xmx512m", "-XX:+UseG1GC");

    /// What Pekko asks for on Java 25.
    private static final List<String> ACCESS_FLAGS =
            List.of("--sun-misc-unsafe-memory-access=allow", "--enable-native-access=ALL-UNNAMED");

    private static final long BEYOND_SECONDS = 60;

    private final String name;
    private final Path errors;
    private final Process process;
    private final BufferedReader answers;

    /// @param classPath of the client and of [Worker]
    WorkerProcess(ClientKind kind, String classPath, String bootstrap) throws IOException {
        this.name = kind.label();
        this.errors = Files.createTempFile("sampo-bench-worker", ".txt");
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(JVM_FLAGS);
        command.addAll(ACCESS_FLAGS);
        command.addAll(List.of("-cp", classPath, Worker.class.getName(), kind.name(), bootstrap));
        this.process =
                new ProcessBuilder(command).redirectError(errors.toFile()).start();
        this.answers = process.inputReader(StandardCharsets.UTF_8);
    }

    /// @throws IOException when it fails, ends, or takes a minute longer than it should
    Answer.Done ask(Work work) throws IOException, InterruptedException {
        var input = process.outputWriter(StandardCharsets.UTF_8);
        input.write(work.format());
        input.newLine();
        input.flush();
        CompletableFuture<Answer> answer = CompletableFuture.supplyAsync(this::readAnswer);
        try {
            return switch (answer.get(work.seconds() + BEYOND_SECONDS, TimeUnit.SECONDS)) {
                case Answer.Done done -> done;
                case Answer.Failed(String reason) -> throw failure("failed: " + reason);
            };
        } catch (TimeoutException _) {
            process.destroyForcibly();
            throw failure("took a minute longer than it should");
        } catch (ExecutionException failed) {
            throw failure(String.valueOf(failed.getCause()));
        }
    }

    private Answer readAnswer() {
        return answers.lines()
                .map(Answer::parse)
                .flatMap(Optional::stream)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("ended without an answer"));
    }

    private IOException failure(String what) throws IOException {
        List<String> lines = Files.readAllLines(errors);
        return new IOException(name + " " + what + "\n"
                + String.join("\n", lines.subList(Math.max(0, lines.size() - 30), lines.size())));
    }

    @Override
    public void close() throws IOException {
        process.destroyForcibly();
        Files.deleteIfExists(errors);
    }
}
