package io.sampo.persistence.scrub;

/// How fast and how often closed segments are checked.
///
/// @param bytesPerSecond `sampo.log.scrub.bytes.per.second`: read at most, over all partitions of the node; 0: closed
///     segments are checked only when a reader met something
/// @param intervalMs `sampo.log.scrub.interval.ms`: from the beginning of one round over a partition to the next
public record ScrubSettings(long bytesPerSecond, long intervalMs) {

    public static final ScrubSettings DEFAULTS = new ScrubSettings(8L << 20, 7L * 24 * 60 * 60 * 1000);

    public ScrubSettings {
        if (bytesPerSecond < 0 || intervalMs < 1) {
            throw new IllegalArgumentException("scrub settings out of range");
        }
    }
}
