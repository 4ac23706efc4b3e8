package io.sampo.persistence.log;

import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.PartitionLogException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Whether the log of one partition may still be used: it goes offline at the first failure that leaves its files
/// in
/// doubt, and never comes back in this process; and it is closed once.
///
/// Thread rule: any thread.
final class LogHealth {
    private static final Logger LOG = LoggerFactory.getLogger(LogHealth.class);

    private final PartitionId id;
    private final Path directory;
    private final DamageMark damage;
    private final BiConsumer<PartitionId, String> onOffline;
    private volatile @Nullable String offline;
    private volatile boolean closed;

    LogHealth(PartitionId id, Path directory, DamageMark damage, BiConsumer<PartitionId, String> onOffline) {
        this.id = id;
        this.damage = damage;
        this.directory = directory;
        this.onOffline = onOffline;
    }

    /// @throws PartitionLogException when the log is offline or closed
    void checkUsable() {
        String reason = offline;
        if (reason != null) {
            throw new PartitionLogException("The log in " + directory + " is offline: " + reason);
        }
        if (closed) {
            throw new PartitionLogException("The log in " + directory + " is closed");
        }
    }

    /// @return to be thrown
    PartitionLogException goOffline(String reason, @Nullable Throwable cause) {
        if (closed) {
            return new PartitionLogException("The log in " + directory + " was closed, and then " + reason);
        }
        if (offline == null) {
            offline = reason;
            LOG.error("Partition {} ({}) goes offline: {}", id, directory, reason, cause);
            onOffline.accept(id, reason);
        }
        String message = "The log in " + directory + " is offline: " + reason;
        return cause == null ? new PartitionLogException(message) : new PartitionLogException(message, cause);
    }

    /// A sync failed: nobody knows what of the unsynced bytes is on the disk, and no later sync would tell. The
    /// next
    /// start is told so, as the boot id alone says that all is there.
    ///
    /// @return to be thrown
    PartitionLogException syncFailed(String what, IOException cause) {
        String reason = "a sync of " + what + " failed: " + DataDirectory.describe(cause);
        if (!closed && offline == null) {
            damage.setIfPossible(reason);
        }
        return goOffline(reason, cause);
    }

    /// Something failed, and the log is as good as before.
    ///
    /// @return to be thrown
    PartitionLogException failure(String what, IOException cause) {
        return new PartitionLogException(what + " " + directory + " failed: " + DataDirectory.describe(cause), cause);
    }

    /// A directory that somebody removed takes its partition offline: channels that are open would go on without
    /// it.
    void checkDirectory() {
        if (offline == null && !closed && Files.notExists(directory)) {
            goOffline(directory + " vanished", null);
        }
    }

    Optional<String> offlineReason() {
        return Optional.ofNullable(offline);
    }

    boolean isOffline() {
        return offline != null;
    }

    boolean isClosed() {
        return closed;
    }

    void close() {
        closed = true;
    }
}
