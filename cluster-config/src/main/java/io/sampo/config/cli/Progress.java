package io.sampo.config.cli;

import java.io.PrintWriter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// A line on standard error that moves while records flow, on a terminal only; and the summary at the end.
final class Progress {
    private static final long EVERY_MS = 500;

    private final PrintWriter err;
    private final boolean live;
    private final long startedMs;
    private long lastMs;
    private long records;
    private long bytes;

    Progress(PrintWriter err, boolean quiet, long nowMs) {
        this.err = err;
        this.live = !quiet && System.console() != null && System.console().isTerminal();
        this.startedMs = nowMs;
        this.lastMs = nowMs;
    }

    void add(byte @Nullable [] key, byte @Nullable [] value, long nowMs) {
        records++;
        bytes += (key == null ? 0 : key.length) + (value == null ? 0 : value.length);
        if (live && nowMs - lastMs >= EVERY_MS) {
            lastMs = nowMs;
            err.print("\r" + text(nowMs) + "    ");
            err.flush();
        }
    }

    long records() {
        return records;
    }

    void finish(String verb, long nowMs) {
        if (live) {
            err.print("\r");
        }
        err.println(verb + " " + text(nowMs) + (live ? "    " : ""));
        err.flush();
    }

    private String text(long nowMs) {
        double seconds = Math.max(0.001, (nowMs - startedMs) / 1000.0);
        return String.format(
                Locale.ROOT,
                "%,d records, %,.1f KiB in %.1f s (%,.0f/s)",
                records,
                bytes / 1024.0,
                seconds,
                records / seconds);
    }
}
