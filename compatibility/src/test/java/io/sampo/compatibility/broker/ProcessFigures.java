package io.sampo.compatibility.broker;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/// What Linux knows about a process, from /proc.
public final class ProcessFigures {
    private ProcessFigures() {}

    /// Resident memory in bytes.
    public static long residentBytes(long pid) {
        try (Stream<String> lines = Files.lines(Path.of("/proc", "" + pid, "status"))) {
            String line =
                    lines.filter(one -> one.startsWith("VmRSS:")).findFirst().orElseThrow();
            return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Open file handles, sockets included.
    public static int openHandles(long pid) {
        try (Stream<Path> handles = Files.list(Path.of("/proc", "" + pid, "fd"))) {
            return (int) handles.count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
