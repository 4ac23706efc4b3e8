package io.sampo.chaos.scale;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/// What the kernel says of one process at one moment (`/proc`).
///
/// @param takenNanos in the clock of `System.nanoTime`
/// @param cpuMs user and system time since its start, of all threads
/// @param transferCalls reads and writes since its start, of files and of sockets
/// @param wakeUps times that one of its threads was woken, since its start
/// @param residentKib memory
public record ProcessSample(
        long takenNanos, long cpuMs, long transferCalls, long wakeUps, long residentKib, int openFiles, int threads) {

    /// Linux counts processor time in hundredths of a second for `/proc`.
    private static final long MS_PER_TICK = 10;

    public static ProcessSample take(long processId) throws IOException {
        Path directory = Path.of("/proc", Long.toString(processId));
        List<String> status = Files.readAllLines(directory.resolve("status"));
        List<String> transfers = Files.readAllLines(directory.resolve("io"));
        return new ProcessSample(
                System.nanoTime(),
                cpuMs(Files.readString(directory.resolve("stat"))),
                number(transfers, "syscr:") + number(transfers, "syscw:"),
                wakeUps(directory),
                number(status, "VmRSS:"),
                count(directory.resolve("fd")),
                (int) number(status, "Threads:"));
    }

    /// @param stat the line of `/proc/PID/stat`; the name of the command, in parentheses, may hold anything
    static long cpuMs(String stat) {
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) * MS_PER_TICK;
    }

    /// The number behind a label, in lines such as `VmRSS:   123 kB`.
    static long number(List<String> lines, String label) {
        for (String line : lines) {
            if (line.startsWith(label)) {
                return Long.parseLong(line.substring(label.length()).strip().split(" ", 2)[0]);
            }
        }
        throw new IllegalArgumentException("no " + label);
    }

    private static long wakeUps(Path directory) throws IOException {
        long all = 0;
        try (Stream<Path> threads = Files.list(directory.resolve("task"))) {
            for (Path thread : threads.toList()) {
                try {
                    all += number(Files.readAllLines(thread.resolve("status")), "voluntary_ctxt_switches:");
                } catch (IOException _) {
                    continue; // this thread has just ended
                }
            }
        }
        return all;
    }

    private static int count(Path directory) {
        String[] names = directory.toFile().list();
        return names == null ? 0 : Arrays.asList(names).size();
    }

    /// Percent of one core between an earlier sample and this one.
    public double cpuPercent(ProcessSample before) {
        return (cpuMs - before.cpuMs) * 100.0 / ms(before);
    }

    public double transferCallsPerSecond(ProcessSample before) {
        return (transferCalls - before.transferCalls) * 1_000.0 / ms(before);
    }

    public double wakeUpsPerSecond(ProcessSample before) {
        return (wakeUps - before.wakeUps) * 1_000.0 / ms(before);
    }

    private double ms(ProcessSample before) {
        return (takenNanos - before.takenNanos) / 1e6;
    }
}
