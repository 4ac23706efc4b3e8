package io.sampo.streams.produce;

import java.util.List;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Range;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigDef.ValidString;
import org.apache.kafka.common.config.ConfigDef.Validator;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.record.internal.CompressionType;
import org.jspecify.annotations.Nullable;

/// How a [Producer] gathers, sends and repeats, by Kafka's names.
///
/// @param acks -1: all in-sync replicas have the record; 1: the leader has it
/// @param batchSizeBytes a batch is full with so many bytes; a larger record is a batch of its own
/// @param backlogBatchSizeBytes likewise of a batch that begins while others of its partition wait to be sent; at least
///     `batchSizeBytes`
/// @param lingerMs how long an open batch waits for more records, unless it is full or goes along with others
/// @param bufferMemoryBytes for records that have no outcome yet
/// @param maxBlockMs how long a send waits for room, and a record for its topic to be known
/// @param deliveryTimeoutMs from a record's send to its outcome
/// @param requestTimeoutMs from a request to its answer
/// @param maxRequestSizeBytes of a request, and of a record before compression
/// @param idempotence whether brokers recognise batches that come again
/// @param maxInFlight requests per node that wait for their answer
/// @param retries of one batch
/// @param ignoreKeys whether records with a key are spread like those without
public record ProducerSettings(
        short acks,
        int batchSizeBytes,
        int backlogBatchSizeBytes,
        long lingerMs,
        long bufferMemoryBytes,
        long maxBlockMs,
        long deliveryTimeoutMs,
        long requestTimeoutMs,
        int maxRequestSizeBytes,
        Compression compression,
        boolean idempotence,
        int maxInFlight,
        int retries,
        long retryBackoffMs,
        long retryBackoffMaxMs,
        boolean ignoreKeys) {
    /// Sampo's own: Kafka's client keeps to `batch.size` however much waits.
    public static final String BACKLOG_BATCH_SIZE = "sampo.backlog.batch.size";

    private static final int MAX_IN_FLIGHT_IDEMPOTENT = 5;
    private static final List<String> CODECS = List.of("none", "gzip", "snappy", "lz4", "zstd");

    /// Adds this layer's keys to a definition; those that another layer has defined stay as they are.
    public static void define(ConfigDef definition) {
        add(
                definition,
                "acks",
                Type.STRING,
                "all",
                ValidString.in("all", "-1", "0", "1"),
                "How many replicas have a record when it counts as sent: all in-sync ones, or 1 (the leader).");
        add(definition, "batch.size", Type.INT, 16_384, Range.atLeast(1), "Bytes after which a batch is full.");
        add(
                definition,
                BACKLOG_BATCH_SIZE,
                Type.INT,
                65_536,
                Range.atLeast(1),
                "Bytes after which a batch is full that begins while others of its partition wait to be sent;"
                        + " at least batch.size.");
        add(definition, "linger.ms", Type.LONG, 5L, Range.atLeast(0), "How long an open batch waits for more records.");
        add(
                definition,
                "buffer.memory",
                Type.LONG,
                33_554_432L,
                Range.atLeast(1),
                "Bytes for records that are not acknowledged yet; sending waits when they are used up.");
        add(
                definition,
                "max.block.ms",
                Type.LONG,
                60_000L,
                Range.atLeast(0),
                "How long a send waits for room, and a record for its topic to be known.");
        add(
                definition,
                "delivery.timeout.ms",
                Type.INT,
                120_000,
                Range.atLeast(1),
                "How long a record may take from its send to its outcome, retries included.");
        add(definition, "request.timeout.ms", Type.INT, 30_000, Range.atLeast(1), "How long a request may take.");
        add(
                definition,
                "max.request.size",
                Type.INT,
                1_048_576,
                Range.atLeast(1),
                "Bytes of a produce request, and of one record before compression.");
        add(
                definition,
                "compression.type",
                Type.STRING,
                "none",
                ValidString.in(CODECS.toArray(String[]::new)),
                "The codec of batches.");
        addLevel(definition, CompressionType.GZIP);
        addLevel(definition, CompressionType.LZ4);
        addLevel(definition, CompressionType.ZSTD);
        add(
                definition,
                "enable.idempotence",
                Type.BOOLEAN,
                true,
                null,
                "Whether brokers recognise batches that come again, so that each record is written once, in order.");
        add(
                definition,
                "max.in.flight.requests.per.connection",
                Type.INT,
                5,
                Range.atLeast(1),
                "Requests to one node that wait for their answer; at most 5 with idempotence.");
        add(
                definition,
                "retries",
                Type.INT,
                Integer.MAX_VALUE,
                Range.atLeast(0),
                "How often a batch is sent again; delivery.timeout.ms ends it before.");
        add(definition, "retry.backoff.ms", Type.LONG, 100L, Range.atLeast(0), "Pause before the first retry.");
        add(definition, "retry.backoff.max.ms", Type.LONG, 1_000L, Range.atLeast(0), "Longest pause before a retry.");
        add(
                definition,
                "partitioner.ignore.keys",
                Type.BOOLEAN,
                false,
                null,
                "Whether records with a key are spread like those without.");
    }

    private static void addLevel(ConfigDef definition, CompressionType codec) {
        add(
                definition,
                levelKey(codec),
                Type.INT,
                codec.defaultLevel(),
                codec.levelValidator(),
                "The level of " + codec.name + ".");
    }

    private static String levelKey(CompressionType codec) {
        return "compression." + codec.name + ".level";
    }

    private static void add(
            ConfigDef definition, String key, Type type, Object ifUnset, @Nullable Validator validator, String text) {
        if (!definition.names().contains(key)) {
            definition.define(key, type, ifUnset, validator, Importance.MEDIUM, text);
        }
    }

    /// @param config of a definition that went through [#define]
    /// @throws ConfigException when two settings contradict each other
    public static ProducerSettings from(AbstractConfig config) {
        short acks = acks(config.getString("acks"));
        long lingerMs = config.getLong("linger.ms");
        int requestTimeoutMs = config.getInt("request.timeout.ms");
        return new ProducerSettings(
                acks,
                config.getInt("batch.size"),
                backlogBatchSizeBytes(config),
                lingerMs,
                config.getLong("buffer.memory"),
                config.getLong("max.block.ms"),
                deliveryTimeoutMs(config, lingerMs + requestTimeoutMs),
                requestTimeoutMs,
                config.getInt("max.request.size"),
                compression(config),
                idempotence(config, acks),
                config.getInt("max.in.flight.requests.per.connection"),
                config.getInt("retries"),
                config.getLong("retry.backoff.ms"),
                config.getLong("retry.backoff.max.ms"),
                config.getBoolean("partitioner.ignore.keys"));
    }

    /// No batch of several records needs a request, or memory, that a record of this size may not have.
    private static int backlogBatchSizeBytes(AbstractConfig config) {
        long mostBytes = Math.min(config.getInt("max.request.size"), config.getLong("buffer.memory"));
        return (int) Math.max(config.getInt("batch.size"), Math.min(config.getInt(BACKLOG_BATCH_SIZE), mostBytes));
    }

    private static short acks(String configured) {
        return switch (configured) {
            case "all", "-1" -> -1;
            case "1" -> 1;
            default ->
                throw new ConfigException(
                        "acks",
                        configured,
                        "this client answers each record with what became of it, which a broker does not say with"
                                + " acks=0");
        };
    }

    /// One that nobody chose gives way; one that was chosen must leave time for a request.
    private static long deliveryTimeoutMs(AbstractConfig config, long leastMs) {
        int configured = config.getInt("delivery.timeout.ms");
        if (configured < leastMs && config.originals().containsKey("delivery.timeout.ms")) {
            throw new ConfigException(
                    "delivery.timeout.ms",
                    configured,
                    "is less than linger.ms + request.timeout.ms, which is " + leastMs);
        }
        return Math.max(configured, leastMs);
    }

    /// As with Kafka's client: without having been asked for, idempotence gives way to a setting that
    /// excludes it.
    private static boolean idempotence(AbstractConfig config, short acks) {
        if (!config.getBoolean("enable.idempotence")) {
            return false;
        }
        String conflict = acks != -1
                ? "acks=all"
                : config.getInt("retries") == 0
                        ? "retries above 0"
                        : config.getInt("max.in.flight.requests.per.connection") > MAX_IN_FLIGHT_IDEMPOTENT
                                ? "max.in.flight.requests.per.connection of 5 or less"
                                : null;
        if (conflict != null && config.originals().containsKey("enable.idempotence")) {
            throw new ConfigException("enable.idempotence", true, "needs " + conflict);
        }
        return conflict == null;
    }

    private static Compression compression(AbstractConfig config) {
        CompressionType codec = CompressionType.forName(config.getString("compression.type"));
        return switch (codec) {
            case GZIP ->
                Compression.gzip().level(config.getInt(levelKey(codec))).build();
            case LZ4 -> Compression.lz4().level(config.getInt(levelKey(codec))).build();
            case ZSTD ->
                Compression.zstd().level(config.getInt(levelKey(codec))).build();
            case SNAPPY, NONE -> Compression.of(codec).build();
        };
    }

    ProduceRules rules() {
        return new ProduceRules(
                idempotence,
                maxInFlight,
                retries,
                maxRequestSizeBytes,
                deliveryTimeoutMs,
                requestTimeoutMs,
                retryBackoffMs,
                retryBackoffMaxMs);
    }
}
