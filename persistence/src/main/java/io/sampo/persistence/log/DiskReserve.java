package io.sampo.persistence.log;

import io.sampo.core.partition.PartitionLogs.DiskSpace;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps a part of the disk free: when less is left, no more batches are taken, so that promises, markers and
/// truncations can still be written, leadership can move, and reads go on.
///
/// Thread rule: [#look] on one thread now and then; [#refusal] any thread, costs nothing.
final class DiskReserve {
    private static final Logger LOG = LoggerFactory.getLogger(DiskReserve.class);

    /// A large disk need not leave more than this free, whatever part of it that is.
    static final long MOST_BYTES = 1L << 30;

    private final int maxUsedPercent;
    private volatile @Nullable String refusal;

    /// @param maxUsedPercent of the file system, 1 to 100; 100: nothing is kept free
    DiskReserve(int maxUsedPercent) {
        this.maxUsedPercent = maxUsedPercent;
    }

    static long reservedBytes(long totalBytes, int maxUsedPercent) {
        return Math.min(totalBytes / 100 * (100 - maxUsedPercent), MOST_BYTES);
    }

    void look(DiskSpace space) {
        long reserved = reservedBytes(space.totalBytes(), maxUsedPercent);
        boolean full = maxUsedPercent < 100 && space.usableBytes() < reserved;
        if (full && refusal == null) {
            LOG.error(
                    "The disk is full: {} bytes are left, and {} are kept for the journals"
                            + " (sampo.log.dir.max.used.percent={}): no records are taken",
                    space.usableBytes(),
                    reserved,
                    maxUsedPercent);
        } else if (!full && refusal != null) {
            LOG.warn("The disk has room again: {} bytes", space.usableBytes());
        }
        refusal = full
                ? "no space is left on the disk but the " + reserved + " bytes that are kept for the journals"
                : null;
    }

    /// Why no batch may be appended now; null: there is room.
    @Nullable
    String refusal() {
        return refusal;
    }
}
