package io.sampo.tcp.replication;

import io.sampo.tcp.connection.Connection;
import org.slf4j.Logger;
import org.slf4j.event.Level;

/// Lines that a stranger or a broken machine can cause at any rate: one per interval is written and tells how many
/// were not.
///
/// Thread rule: any thread.
final class RareLog {
    static final long INTERVAL_MS = 5_000;

    private final Logger log;
    private final Level level;
    private long nextMs = Long.MIN_VALUE;
    private long left;

    RareLog(Logger log, Level level) {
        this.log = log;
        this.level = level;
    }

    void line(String text) {
        long now = Connection.nowMs();
        long unwritten;
        synchronized (this) {
            if (now < nextMs) {
                left++;
                return;
            }
            nextMs = now + INTERVAL_MS;
            unwritten = left;
            left = 0;
        }
        log.atLevel(level).log(unwritten == 0 ? text : text + " (and " + unwritten + " more like it)");
    }
}
