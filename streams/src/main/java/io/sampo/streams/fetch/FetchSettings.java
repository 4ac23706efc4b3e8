package io.sampo.streams.fetch;

import static org.apache.kafka.common.config.ConfigDef.Range.atLeast;
import static org.apache.kafka.common.config.ConfigDef.ValidString.in;

import java.util.Locale;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Type;

/// How to fetch. Names, units and defaults are Kafka's, but for `sampo.prefetch.max.bytes`.
///
/// @param fetchMinBytes `fetch.min.bytes`: a broker waits until it has that much, or until `fetchMaxWaitMs` is over
/// @param fetchMaxBytes `fetch.max.bytes`: the most that one answer should have
/// @param fetchMaxWaitMs `fetch.max.wait.ms`
/// @param maxPartitionFetchBytes `max.partition.fetch.bytes`: the most of one partition that one answer should have
/// @param isolationLevel `isolation.level`
/// @param autoOffsetReset `auto.offset.reset`
/// @param checkCrcs `check.crcs`: whether checksums of batches are looked at
/// @param clientRack `client.rack`: near which replicas this client is; empty when that does not matter
/// @param metadataMaxAgeMs `metadata.max.age.ms`: how long a replica is preferred after the leader named it
/// @param retryBackoffMs `retry.backoff.ms`: the first pause after an error that may pass
/// @param retryBackoffMaxMs `retry.backoff.max.ms`: the longest one; pauses double up to it
/// @param requestTimeoutMs `request.timeout.ms`: for an answer, without the time that a broker is allowed to wait
/// @param prefetchMaxBytes `sampo.prefetch.max.bytes`: what may be fetched and not closed yet, over all partitions
public record FetchSettings(
        int fetchMinBytes,
        int fetchMaxBytes,
        int fetchMaxWaitMs,
        int maxPartitionFetchBytes,
        IsolationLevel isolationLevel,
        ResetPolicy autoOffsetReset,
        boolean checkCrcs,
        String clientRack,
        long metadataMaxAgeMs,
        long retryBackoffMs,
        long retryBackoffMaxMs,
        long requestTimeoutMs,
        long prefetchMaxBytes) {

    private static final int DEFAULT_FETCH_MAX_BYTES = 52_428_800;

    static final String PREFETCH_MAX_BYTES = "sampo.prefetch.max.bytes";

    /// Adds the settings that are not there yet; those that others define too mean the same here.
    public static ConfigDef define(ConfigDef definition) {
        add(definition, "fetch.min.bytes", Type.INT, 1, atLeast(0), "Bytes that a broker waits for before it answers.");
        add(
                definition,
                "fetch.max.bytes",
                Type.INT,
                DEFAULT_FETCH_MAX_BYTES,
                atLeast(1),
                "The most bytes of one answer.");
        add(definition, "fetch.max.wait.ms", Type.INT, 500, atLeast(0), "How long a broker waits for fetch.min.bytes.");
        add(
                definition,
                "max.partition.fetch.bytes",
                Type.INT,
                1_048_576,
                atLeast(1),
                "The most bytes of one partition in one answer; one larger batch is fetched all the same.");
        add(
                definition,
                "isolation.level",
                Type.STRING,
                "read_uncommitted",
                in("read_uncommitted", "read_committed"),
                "Whether records of open and aborted transactions are seen.");
        add(
                definition,
                "auto.offset.reset",
                Type.STRING,
                "latest",
                (_, value) -> ResetPolicy.parse(String.valueOf(value)),
                "Where to go on when a position is not in the log: earliest, latest, none, by_duration:<ISO-8601>.");
        add(definition, "check.crcs", Type.BOOLEAN, true, null, "Whether checksums of fetched batches are looked at.");
        add(definition, "client.rack", Type.STRING, "", null, "Where this client is, so that a near replica is read.");
        add(definition, "metadata.max.age.ms", Type.LONG, 300_000L, atLeast(0), "Age at which metadata is renewed.");
        add(definition, "retry.backoff.ms", Type.LONG, 100L, atLeast(0), "First pause after an error that may pass.");
        add(definition, "retry.backoff.max.ms", Type.LONG, 1_000L, atLeast(0), "Longest pause between tries.");
        add(definition, "request.timeout.ms", Type.INT, 30_000, atLeast(1), "How long an answer is waited for.");
        add(
                definition,
                PREFETCH_MAX_BYTES,
                Type.LONG,
                33_554_432L,
                atLeast(1),
                "Bytes that may be fetched and not handled yet, over all partitions of a consumption.");
        return definition;
    }

    private static void add(
            ConfigDef definition,
            String name,
            Type type,
            Object defaultValue,
            ConfigDef.@org.jspecify.annotations.Nullable Validator validator,
            String documentation) {
        if (!definition.configKeys().containsKey(name)) {
            definition.define(name, type, defaultValue, validator, Importance.MEDIUM, documentation);
        }
    }

    /// The most that one record of a compressed batch may take when it is decompressed, inclusive: what
    /// `fetch.max.bytes` says, or its default when that is more, since small limits are for what is sent, and a
    /// larger batch is fetched all the same. A larger record is a corrupt batch.
    int maxRecordBytes() {
        return Math.max(fetchMaxBytes, DEFAULT_FETCH_MAX_BYTES);
    }

    /// The same for one of so many fetchers that share `sampo.prefetch.max.bytes`.
    ///
    /// @param fetchers at least 1
    public FetchSettings shareOf(int fetchers) {
        return new FetchSettings(
                fetchMinBytes,
                fetchMaxBytes,
                fetchMaxWaitMs,
                maxPartitionFetchBytes,
                isolationLevel,
                autoOffsetReset,
                checkCrcs,
                clientRack,
                metadataMaxAgeMs,
                retryBackoffMs,
                retryBackoffMaxMs,
                requestTimeoutMs,
                Math.max(1, prefetchMaxBytes / fetchers));
    }

    /// @param config was made with what [#define] adds
    public static FetchSettings from(AbstractConfig config) {
        return new FetchSettings(
                config.getInt("fetch.min.bytes"),
                config.getInt("fetch.max.bytes"),
                config.getInt("fetch.max.wait.ms"),
                config.getInt("max.partition.fetch.bytes"),
                IsolationLevel.valueOf(config.getString("isolation.level").toUpperCase(Locale.ROOT)),
                ResetPolicy.parse(config.getString("auto.offset.reset")),
                config.getBoolean("check.crcs"),
                config.getString("client.rack"),
                config.getLong("metadata.max.age.ms"),
                config.getLong("retry.backoff.ms"),
                Math.max(config.getLong("retry.backoff.ms"), config.getLong("retry.backoff.max.ms")),
                config.getInt("request.timeout.ms"),
                config.getLong(PREFETCH_MAX_BYTES));
    }
}
