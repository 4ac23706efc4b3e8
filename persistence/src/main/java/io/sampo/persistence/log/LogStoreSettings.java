package io.sampo.persistence.log;

import io.sampo.core.produce.DecompressionLimits;

/// Settings of the whole log store of a node (those of one topic are `LogSettings`).
///
/// @param maxOpenSegmentFiles channels kept open at most, over all partitions (`log.max.open.segment.files`). A
///     slow
///     reader may hold a channel a little longer than the store does
/// @param indexCacheBytes heap for offset indexes of older log parts, over all partitions
/// @param idleFileCloseMs a channel that was not used for so long is closed, so an idle partition holds no file
/// @param checkpointsKept newest checkpoints kept per partition; at least 1
/// @param maxDiskUsedPercent no batches are taken when more of the disk is used ([DiskReserve]); 100: no limit
/// @param strayRetentionMs how long directories of partitions that do not belong here are kept; -1: for ever
/// @param decompression how far a batch is unpacked to look for a timestamp; the same as for a produced one
public record LogStoreSettings(
        int maxOpenSegmentFiles,
        long indexCacheBytes,
        long idleFileCloseMs,
        int checkpointsKept,
        int maxDiskUsedPercent,
        long strayRetentionMs,
        DecompressionLimits decompression) {

    public static final LogStoreSettings DEFAULTS =
            new LogStoreSettings(1024, 16L << 20, 30_000, 2, 95, 24L * 60 * 60 * 1000, DecompressionLimits.DEFAULTS);

    public LogStoreSettings {
        if (maxOpenSegmentFiles < 1
                || indexCacheBytes < 0
                || idleFileCloseMs < 1
                || checkpointsKept < 1
                || maxDiskUsedPercent < 1
                || maxDiskUsedPercent > 100
                || strayRetentionMs < -1) {
            throw new IllegalArgumentException("log store settings out of range");
        }
    }
}
