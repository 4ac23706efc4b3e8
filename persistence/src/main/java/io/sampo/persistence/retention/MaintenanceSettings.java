package io.sampo.persistence.retention;

import io.sampo.persistence.compaction.CleanerSettings;

/// Settings of the background work on logs; Kafka's broker configs of the names given.
///
/// @param retentionCheckIntervalMs `log.retention.check.interval.ms`: how often retention looks at all logs
/// @param initialDelayMs `log.initial.task.delay.ms`: pause after the start, when the node has better things to do
/// @param cleanerEnabled `log.cleaner.enable`: without it `cleanup.policy=compact` keeps everything
/// @param cleaner settings of compaction
public record MaintenanceSettings(
        long retentionCheckIntervalMs, long initialDelayMs, boolean cleanerEnabled, CleanerSettings cleaner) {

    public static final MaintenanceSettings DEFAULTS =
            new MaintenanceSettings(5 * 60 * 1000, 30_000, true, CleanerSettings.DEFAULTS);

    public MaintenanceSettings {
        if (retentionCheckIntervalMs < 1 || initialDelayMs < 0) {
            throw new IllegalArgumentException("intervals of log maintenance out of range");
        }
    }
}
