package io.sampo.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// CPU time and memory of another process, from Linux' /proc.
final class ProcessStats {
    /// USER_HZ, which is 100 on every Linux that Java runs on.
    private static final double TICKS_PER_SECOND = 100.0;

    private static final int USER_TIME_FIELD = 11; // counted from after the command name
    private static final int SYSTEM_TIME_FIELD = 12;

    private ProcessStats() {}

    /// User and system time since its start, seconds.
    static double cpuSeconds(long pid) throws IOException {
        String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return (Long.parseLong(fields[USER_TIME_FIELD]) + Long.parseLong(fields[SYSTEM_TIME_FIELD])) / TICKS_PER_SECOND;
    }

    /// Largest resident memory since its start, bytes.
    static long peakResidentBytes(long pid) throws IOException {
        return statusKib(pid, "VmHWM:") * 1024;
    }

    private static long statusKib(long pid, String key) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc", Long.toString(pid), "status"))) {
            if (line.startsWith(key)) {
                return Long.parseLong(
                        line.substring(key.length()).replace("kB", "").trim());
            }
        }
        throw new IOException(key + " is not in /proc/" + pid + "/status");
    }
}
