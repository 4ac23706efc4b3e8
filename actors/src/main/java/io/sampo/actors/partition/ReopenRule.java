package io.sampo.actors.partition;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.TimeoutException;

/// Whether a replica that ended is opened again, and when.
final class ReopenRule {
    private ReopenRule() {}

    /// True when trying again may help: the disk failed or was slow. Damage and bugs stay until somebody looks.
    static boolean isFromOutside(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof IOException
                    || cause instanceof UncheckedIOException
                    || cause instanceof TimeoutException) {
                return true;
            }
        }
        return false;
    }

    /// @param failures in a row, before this one
    static Duration backoff(PartitionActorSettings settings, int failures) {
        Duration backoff = settings.reopenMinBackoff().multipliedBy(1L << Math.min(failures, 16));
        return backoff.compareTo(settings.reopenMaxBackoff()) < 0 ? backoff : settings.reopenMaxBackoff();
    }
}
