package io.sampo.persistence.compaction;

import io.sampo.core.produce.DecompressionLimits;

/// Settings of the log cleaner; Kafka's broker configs of the names given.
///
/// @param dedupeBufferBytes `log.cleaner.dedupe.buffer.size`: memory of the key map at most; a log with more keys
///     is
///     cleaned in several rounds
/// @param loadFactor `log.cleaner.io.buffer.load.factor`: how full the key map may become, 0..1
/// @param ioBufferBytes `log.cleaner.io.buffer.size`: bytes read and written in one slice
/// @param ioMaxBytesPerSecond `log.cleaner.io.max.bytes.per.second`: read and written bytes together
/// @param backoffMs `log.cleaner.backoff.ms`: how often it looks for work
/// @param producerIdExpirationMs `producer.id.expiration.ms`: an empty batch that holds a producer's last sequence
///     is
///     kept so long
/// @param maxTrackedProducers producers whose last batch is looked for in one round; beyond it every emptied batch
///     of an
///     idempotent producer is kept
/// @param decompression how far a batch is decompressed; one beyond it is not compacted
public record CleanerSettings(
        long dedupeBufferBytes,
        double loadFactor,
        int ioBufferBytes,
        double ioMaxBytesPerSecond,
        long backoffMs,
        long producerIdExpirationMs,
        int maxTrackedProducers,
        DecompressionLimits decompression) {

    public static final CleanerSettings DEFAULTS = new CleanerSettings(
            128L * 1024 * 1024,
            0.9,
            512 * 1024,
            Double.MAX_VALUE,
            15_000,
            24L * 3600 * 1000,
            100_000,
            DecompressionLimits.DEFAULTS);

    /// With Kafka's settings only.
    public CleanerSettings(
            long dedupeBufferBytes,
            double loadFactor,
            int ioBufferBytes,
            double ioMaxBytesPerSecond,
            long backoffMs,
            long producerIdExpirationMs,
            int maxTrackedProducers) {
        this(
                dedupeBufferBytes,
                loadFactor,
                ioBufferBytes,
                ioMaxBytesPerSecond,
                backoffMs,
                producerIdExpirationMs,
                maxTrackedProducers,
                DecompressionLimits.DEFAULTS);
    }

    public CleanerSettings {
        if (dedupeBufferBytes < OffsetMap.BYTES_PER_ENTRY * 16L) {
            throw new IllegalArgumentException("log.cleaner.dedupe.buffer.size is too small: " + dedupeBufferBytes);
        }
        if (loadFactor <= 0 || loadFactor >= 1) {
            throw new IllegalArgumentException("log.cleaner.io.buffer.load.factor must be in (0, 1): " + loadFactor);
        }
        if (ioBufferBytes <= 0 || ioMaxBytesPerSecond <= 0) {
            throw new IllegalArgumentException("log.cleaner.io.* must be positive");
        }
    }
}
