package io.sampo.chaos.history;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// The file of a run's history, one line for each operation, in the order of completion.
///
/// Thread rule: [#add] from any thread.
public final class HistoryFile implements AutoCloseable {
    private final BufferedWriter writer;
    private final long startNanos = System.nanoTime();

    public HistoryFile(Path file) throws IOException {
        this.writer = Files.newBufferedWriter(file);
    }

    /// Microseconds since this file was made: the time of all operations in it.
    public long nowUs() {
        return (System.nanoTime() - startNanos) / 1_000;
    }

    public synchronized void add(Operation operation) {
        try {
            writer.write(HistoryFormat.format(operation));
            writer.write('\n');
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    @Override
    public synchronized void close() throws IOException {
        writer.close();
    }

    /// @throws IOException also when a line is not one of a history
    public static History read(Path file) throws IOException {
        List<Operation> operations = new ArrayList<>();
        try (Stream<String> lines = Files.lines(file)) {
            lines.forEach(line -> operations.add(HistoryFormat.parse(line)));
        } catch (IllegalArgumentException damaged) {
            throw new IOException(file + ": " + damaged.getMessage(), damaged);
        }
        return History.of(operations);
    }
}
