package io.sampo.core.produce;

import io.sampo.core.config.EffectiveTopicConfig;
import java.util.Locale;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.CompressionType;
import org.jspecify.annotations.Nullable;

/// The settings of a topic that its producers meet.
///
/// @param maxMessageBytes `max.message.bytes`: largest batch, inclusive
/// @param segmentBytes `segment.bytes`: a batch must fit into one segment
/// @param keyRequired `cleanup.policy` contains `compact`
/// @param timestampType `message.timestamp.type`
/// @param timestampBeforeMaxMs `message.timestamp.before.max.ms`; Long.MAX_VALUE: no limit
/// @param timestampAfterMaxMs `message.timestamp.after.max.ms`; Long.MAX_VALUE: no limit
/// @param compression what `compression.type` and `compression.*.level` ask for; null: `producer`, as it came
/// @param checkEveryRecord looks into every batch, also where its header and checksum suffice
/// @param decompression how far a batch is decompressed for that
public record ProduceSettings(
        int maxMessageBytes,
        int segmentBytes,
        boolean keyRequired,
        TimestampType timestampType,
        long timestampBeforeMaxMs,
        long timestampAfterMaxMs,
        @Nullable Compression compression,
        boolean checkEveryRecord,
        DecompressionLimits decompression) {

    /// Kafka's defaults of a topic.
    public static final ProduceSettings DEFAULTS = new ProduceSettings(
            1024 * 1024 + 12,
            1024 * 1024 * 1024,
            false,
            TimestampType.CREATE_TIME,
            Long.MAX_VALUE,
            3_600_000,
            null,
            false,
            DecompressionLimits.DEFAULTS);

    /// From what is in force for a topic.
    public static ProduceSettings of(
            EffectiveTopicConfig topic, boolean checkEveryRecord, DecompressionLimits decompression) {
        return new ProduceSettings(
                topic.maxMessageBytes(),
                topic.logSettings().segmentBytes(),
                topic.compacted(),
                topic.messageTimestampType(),
                topic.messageTimestampBeforeMaxMs(),
                topic.messageTimestampAfterMaxMs(),
                compressionOf(
                        topic.compressionType(),
                        topic.compressionGzipLevel(),
                        topic.compressionLz4Level(),
                        topic.compressionZstdLevel()),
                checkEveryRecord,
                decompression);
    }

    /// The codec that `compression.type` names, at the level that its own config gives; null for `producer`.
    ///
    /// @param compressionType producer, uncompressed, gzip, snappy, lz4 or zstd
    /// @throws IllegalArgumentException for any other word or for a level that the codec does not have
    public static @Nullable Compression compressionOf(
            String compressionType, int gzipLevel, int lz4Level, int zstdLevel) {
        return switch (compressionType.toLowerCase(Locale.ROOT)) {
            case "producer" -> null;
            case "uncompressed", "none" -> Compression.NONE;
            case "gzip" -> Compression.gzip().level(gzipLevel).build();
            case "snappy" -> Compression.snappy().build();
            case "lz4" -> Compression.lz4().level(lz4Level).build();
            case "zstd" -> Compression.zstd().level(zstdLevel).build();
            default -> throw new IllegalArgumentException("unknown compression.type: " + compressionType);
        };
    }

    /// True when fetchers must understand zstd to read what the broker writes (Fetch v10, KIP-110).
    public boolean writesZstd() {
        return compression != null && compression.type() == CompressionType.ZSTD;
    }
}
