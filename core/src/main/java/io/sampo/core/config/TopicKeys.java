package io.sampo.core.config;

import static org.apache.kafka.common.config.ConfigDef.Range.atLeast;
import static org.apache.kafka.common.config.ConfigDef.Range.between;
import static org.apache.kafka.common.config.ConfigDef.Type.BOOLEAN;
import static org.apache.kafka.common.config.ConfigDef.Type.DOUBLE;
import static org.apache.kafka.common.config.ConfigDef.Type.INT;
import static org.apache.kafka.common.config.ConfigDef.Type.LIST;
import static org.apache.kafka.common.config.ConfigDef.Type.LONG;
import static org.apache.kafka.common.config.ConfigDef.Type.STRING;
import static org.apache.kafka.common.config.TopicConfig.*;

import io.sampo.core.config.BrokerKey.Use;
import io.sampo.core.config.TopicKey.Synonym;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigDef.ValidList;
import org.apache.kafka.common.config.ConfigDef.ValidString;
import org.apache.kafka.common.config.ConfigDef.Validator;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.record.internal.CompressionType;
import org.jspecify.annotations.Nullable;

/// All settings of a topic, under Kafka's names and with Kafka's defaults but one: `flush.messages` is 1 here.
///
/// Immutable; any thread.
public final class TopicKeys {
    private static final ConfigDef DEFINITION = new ConfigDef();
    private static final Map<String, TopicKey> KEYS = new LinkedHashMap<>();
    static final String LEADER_THROTTLED_REPLICAS = "leader.replication.throttled.replicas";
    static final String FOLLOWER_THROTTLED_REPLICAS = "follower.replication.throttled.replicas";

    private static final long DAY_MS = 24L * 3600 * 1000;

    static {
        segments();
        retention();
        compaction();
        messages();
        replication();
        unused();
    }

    private TopicKeys() {}

    public static Collection<TopicKey> all() {
        return Collections.unmodifiableCollection(KEYS.values());
    }

    public static @Nullable TopicKey key(String name) {
        return KEYS.get(name);
    }

    /// The value of one key.
    ///
    /// @throws ConfigException that names the key, the value and what was expected
    public static Object parse(String name, String value) {
        ConfigDef.ConfigKey definition = DEFINITION.configKeys().get(name);
        if (definition == null) {
            throw new ConfigException("Unknown topic config name: " + name);
        }
        Object parsed = ConfigDef.parseType(name, value, definition.type);
        if (definition.validator != null) {
            definition.validator.ensureValid(name, parsed);
        }
        return parsed;
    }

    /// Checks what is set for a topic: each key by itself, and those that depend on each other.
    ///
    /// @throws ConfigException for the first thing that is wrong
    public static void validate(Map<String, String> overrides) {
        Map<String, Object> parsed = new LinkedHashMap<>();
        overrides.forEach((name, value) -> parsed.put(name, parse(name, value)));
        Object minLag = parsed.get(MIN_COMPACTION_LAG_MS_CONFIG);
        Object maxLag = parsed.get(MAX_COMPACTION_LAG_MS_CONFIG);
        if (minLag != null && maxLag != null && (Long) minLag > (Long) maxLag) {
            throw new ConfigException(MIN_COMPACTION_LAG_MS_CONFIG + " (" + minLag + ") is larger than "
                    + MAX_COMPACTION_LAG_MS_CONFIG + " (" + maxLag + ")");
        }
        if (Boolean.TRUE.equals(parsed.get(REMOTE_LOG_STORAGE_ENABLE_CONFIG))) {
            throw new ConfigException(REMOTE_LOG_STORAGE_ENABLE_CONFIG, true, "Tiered storage is not available");
        }
    }

    private static void segments() {
        add(
                SEGMENT_BYTES_CONFIG,
                INT,
                1024 * 1024 * 1024,
                atLeast(1024 * 1024),
                "Largest size of a segment file.",
                same("log."));
        add(
                SEGMENT_MS_CONFIG,
                LONG,
                7 * DAY_MS,
                atLeast(1),
                "A new segment is begun when the oldest record of the active one is older.",
                one("log.roll.ms"),
                hours("log.roll.hours"));
        add(
                SEGMENT_JITTER_MS_CONFIG,
                LONG,
                0L,
                atLeast(0),
                "Largest random part that is taken off segment.ms.",
                one("log.roll.jitter.ms"),
                hours("log.roll.jitter.hours"));
        add(
                SEGMENT_INDEX_BYTES_CONFIG,
                INT,
                10 * 1024 * 1024,
                atLeast(4),
                "Largest size of an index file; a new segment is begun when it is reached.",
                one("log.index.size.max.bytes"));
        add(
                INDEX_INTERVAL_BYTES_CONFIG,
                INT,
                4096,
                atLeast(0),
                "One index entry for about so many bytes of log.",
                same("log."));
        add(
                FLUSH_MESSAGES_INTERVAL_CONFIG,
                LONG,
                1L,
                atLeast(1),
                "Records between two syncs to disk. 1: everything is on disk before it is acknowledged (group commit). "
                        + "Kafka's default is 9223372036854775807 (never); here it is 1.",
                one("log.flush.interval.messages"));
        add(
                FLUSH_MS_CONFIG,
                LONG,
                Long.MAX_VALUE,
                atLeast(0),
                "Longest time between an append and its sync to disk.",
                one("log.flush.interval.ms"),
                one("log.flush.scheduler.interval.ms"));
        add(
                FILE_DELETE_DELAY_MS_CONFIG,
                LONG,
                60_000L,
                atLeast(0),
                "How long a removed segment stays on disk.",
                one("log.segment.delete.delay.ms"));
    }

    private static void retention() {
        add(
                CLEANUP_POLICY_CONFIG,
                LIST,
                List.of("delete"),
                ValidList.in("compact", "delete"),
                "delete: old segments are removed; compact: the last record of each key stays; or both.",
                same("log."));
        add(
                RETENTION_MS_CONFIG,
                LONG,
                7 * DAY_MS,
                atLeast(-1),
                "Segments whose records are all older are removed; -1: no limit by time.",
                one("log.retention.ms"),
                new Synonym("log.retention.minutes", Synonym.MINUTES),
                hours("log.retention.hours"));
        add(
                RETENTION_BYTES_CONFIG,
                LONG,
                -1L,
                null,
                "Oldest segments are removed while the partition is larger; -1: no limit by size.",
                same("log."));
        add(
                DELETE_RETENTION_MS_CONFIG,
                LONG,
                DAY_MS,
                atLeast(0),
                "How long a tombstone stays readable after compaction.",
                same("log.cleaner."));
    }

    private static void compaction() {
        add(
                MIN_CLEANABLE_DIRTY_RATIO_CONFIG,
                DOUBLE,
                0.5d,
                between(0, 1),
                "Part of the log that must be new before it is compacted.",
                one("log.cleaner.min.cleanable.ratio"));
        add(
                MIN_COMPACTION_LAG_MS_CONFIG,
                LONG,
                0L,
                atLeast(0),
                "Records younger than this are not compacted.",
                same("log.cleaner."));
        add(
                MAX_COMPACTION_LAG_MS_CONFIG,
                LONG,
                Long.MAX_VALUE,
                atLeast(1),
                "Records older than this are compacted however small the new part is.",
                same("log.cleaner."));
    }

    private static void messages() {
        add(
                MAX_MESSAGE_BYTES_CONFIG,
                INT,
                1024 * 1024 + 12,
                atLeast(0),
                "Largest record batch in bytes, after compression.",
                one("message.max.bytes"));
        add(
                COMPRESSION_TYPE_CONFIG,
                STRING,
                "producer",
                ValidString.in("uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"),
                "Compression of stored batches; producer: as the producer sent them.",
                same(""));
        add(
                COMPRESSION_GZIP_LEVEL_CONFIG,
                INT,
                CompressionType.GZIP.defaultLevel(),
                CompressionType.GZIP.levelValidator(),
                "Level when the broker compresses with gzip.",
                same(""));
        add(
                COMPRESSION_LZ4_LEVEL_CONFIG,
                INT,
                CompressionType.LZ4.defaultLevel(),
                CompressionType.LZ4.levelValidator(),
                "Level when the broker compresses with lz4.",
                same(""));
        add(
                COMPRESSION_ZSTD_LEVEL_CONFIG,
                INT,
                CompressionType.ZSTD.defaultLevel(),
                CompressionType.ZSTD.levelValidator(),
                "Level when the broker compresses with zstd.",
                same(""));
        add(
                MESSAGE_TIMESTAMP_TYPE_CONFIG,
                STRING,
                "CreateTime",
                ValidString.in("CreateTime", "LogAppendTime"),
                "Whose clock stamps records: the producer's or the leader's.",
                same("log."));
        add(
                MESSAGE_TIMESTAMP_BEFORE_MAX_MS_CONFIG,
                LONG,
                Long.MAX_VALUE,
                atLeast(0),
                "A record stamped further in the past than this is refused (CreateTime).",
                same("log."));
        add(
                MESSAGE_TIMESTAMP_AFTER_MAX_MS_CONFIG,
                LONG,
                3_600_000L,
                atLeast(0),
                "A record stamped further in the future than this is refused (CreateTime).",
                same("log."));
    }

    private static void replication() {
        add(
                MIN_IN_SYNC_REPLICAS_CONFIG,
                INT,
                1,
                atLeast(1),
                "Replicas that must hold a record before acks=all is answered; never less than a majority here.",
                same(""));
        add(
                LEADER_THROTTLED_REPLICAS,
                LIST,
                List.of(),
                Validators.throttledReplicas(),
                "Replicas that, while they lead, send no faster than leader.replication.throttled.rate to replicas that "
                        + "are not in sync: partition:node, comma separated, or * for all.");
        add(
                FOLLOWER_THROTTLED_REPLICAS,
                LIST,
                List.of(),
                Validators.throttledReplicas(),
                "Replicas that, while they are not in sync, take no faster than follower.replication.throttled.rate: "
                        + "partition:node, comma separated, or * for all.");
    }

    private static void unused() {
        unused(UNCLEAN_LEADER_ELECTION_ENABLE_CONFIG, BOOLEAN, false, null, same(""));
        unused(PREALLOCATE_CONFIG, BOOLEAN, false, null, same("log."));
        unused(REMOTE_LOG_STORAGE_ENABLE_CONFIG, BOOLEAN, false, null);
        unused(REMOTE_LOG_COPY_DISABLE_CONFIG, BOOLEAN, false, null);
        unused(REMOTE_LOG_DELETE_ON_DISABLE_CONFIG, BOOLEAN, false, null);
        unused(LOCAL_LOG_RETENTION_MS_CONFIG, LONG, -2L, atLeast(-2), same("log."));
        unused(LOCAL_LOG_RETENTION_BYTES_CONFIG, LONG, -2L, atLeast(-2), same("log."));
        unused(REMOTE_COPY_LAG_MS_CONFIG, LONG, -1L, atLeast(-1));
        unused(REMOTE_COPY_LAG_BYTES_CONFIG, LONG, -1L, atLeast(-1));
        unused(ERRORS_DEADLETTERQUEUE_GROUP_ENABLE_CONFIG, BOOLEAN, false, null);
        unused(MAX_DECOMPRESSED_MESSAGE_BYTES_CONFIG, INT, Integer.MAX_VALUE, atLeast(1));
    }

    private static void unused(
            String name, Type type, Object defaultValue, @Nullable Validator validator, Synonym... synonyms) {
        put(name, type, defaultValue, validator, "Accepted; without effect now.", Use.UNUSED, synonyms);
    }

    private static void add(
            String name,
            Type type,
            Object defaultValue,
            @Nullable Validator validator,
            String documentation,
            Synonym... synonyms) {
        put(name, type, defaultValue, validator, documentation, Use.HONOURED, synonyms);
    }

    private static void put(
            String name,
            Type type,
            Object defaultValue,
            @Nullable Validator validator,
            String documentation,
            Use use,
            Synonym... synonyms) {
        DEFINITION.define(name, type, defaultValue, validator, Importance.MEDIUM, documentation);
        List<Synonym> resolved = new ArrayList<>();
        for (Synonym synonym : synonyms) {
            resolved.add(
                    synonym.brokerKey().isEmpty() || synonym.brokerKey().endsWith(".")
                            ? new Synonym(synonym.brokerKey() + name, synonym.multiplier())
                            : synonym);
        }
        KEYS.put(
                name,
                new TopicKey(Objects.requireNonNull(DEFINITION.configKeys().get(name)), resolved, use));
    }

    /// The broker key with the topic key's name after `prefix`.
    private static Synonym same(String prefix) {
        return new Synonym(prefix, 1);
    }

    private static Synonym one(String brokerKey) {
        return new Synonym(brokerKey, 1);
    }

    private static Synonym hours(String brokerKey) {
        return new Synonym(brokerKey, Synonym.HOURS);
    }
}
