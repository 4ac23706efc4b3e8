package io.sampo.persistence.log;

import io.sampo.core.partition.PartitionId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Removes partition directories that were set aside as strays, after the process has seen each for so long: time
/// for a person to notice, whatever the wall clock does and however empty the metadata once looked. One whose
/// partition is known here by then, or that does not say whose it is, stays for ever.
///
/// Thread rule: any thread.
final class StrayDirectories {
    private static final Logger LOG = LoggerFactory.getLogger(StrayDirectories.class);

    private final ScheduledExecutorService background;
    private final long retentionMs;
    private final Predicate<PartitionId> isKnown;

    /// @param retentionMs `sampo.log.stray.retention.ms`; -1: they stay for ever
    /// @param isKnown whether the metadata place the partition here
    StrayDirectories(ScheduledExecutorService background, long retentionMs, Predicate<PartitionId> isKnown) {
        this.background = background;
        this.retentionMs = retentionMs;
        this.isKnown = isKnown;
    }

    /// It lies there, with `-stray` at the end of its name.
    void found(Path stray) {
        if (retentionMs < 0) {
            return;
        }
        try {
            var _ = background.schedule(() -> remove(stray), retentionMs, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException closing) {
            LOG.debug("{} is found again at the next start", stray);
        }
    }

    private void remove(Path stray) {
        try {
            Optional<PartitionId> id = PartitionDirectory.retiredId(stray);
            if (id.isEmpty() || isKnown.test(id.get())) {
                LOG.warn(
                        "{} stays, a stray that {}: remove it by hand if it is not needed",
                        stray,
                        id.isEmpty() ? "does not say whose it is" : "belongs to a partition of this node after all");
                return;
            }
            Path doomed = stray.resolveSibling(stray.getFileName() + PartitionDirectory.DELETE_SUFFIX);
            Files.move(stray, doomed, StandardCopyOption.ATOMIC_MOVE);
            LOG.warn("{} is removed: it was a stray for {} ms of this process", stray, retentionMs);
            Deletion.directoryQuietly(doomed);
        } catch (IOException failed) {
            LOG.warn("{} stays: {}", stray, DataDirectory.describe(failed));
        }
    }
}
