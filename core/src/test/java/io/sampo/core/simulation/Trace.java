package io.sampo.core.simulation;

import java.util.ArrayDeque;
import java.util.function.Supplier;

/// The hash of everything that happened (invariant 27), and, when asked for, the last lines of it for a person.
final class Trace {
    private static final int LINES_KEPT = 400;

    private final boolean verbose;
    private final boolean printing;
    private final ArrayDeque<String> lines = new ArrayDeque<>();
    private long hash = 0xcbf29ce484222325L;

    /// @param printing every line goes to standard output at once
    Trace(boolean verbose, boolean printing) {
        this.verbose = verbose || printing;
        this.printing = printing;
    }

    void mix(long value) {
        hash = (hash ^ value) * 0x9E3779B97F4A7C15L;
        hash ^= hash >>> 29;
    }

    /// Whether somebody reads lines: who makes many asks before.
    boolean isVerbose() {
        return verbose;
    }

    void line(long nowUs, Supplier<String> text) {
        if (verbose) {
            String line = String.format(java.util.Locale.ROOT, "%12.3f ms  %s", nowUs / 1000.0, text.get());
            if (printing) {
                System.out.println(line);
            }
            lines.addLast(line);
            if (lines.size() > LINES_KEPT) {
                lines.removeFirst();
            }
        }
    }

    long hash() {
        return hash;
    }

    String lastLines() {
        return String.join("\n", lines);
    }
}
