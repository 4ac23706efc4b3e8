package io.sampo.streams.group;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Range;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigDef.ValidString;
import org.apache.kafka.common.config.ConfigDef.Validator;
import org.apache.kafka.common.config.ConfigException;
import org.jspecify.annotations.Nullable;

/// How one member takes part in its group, by Kafka's names.
///
/// @param groupId `group.id`
/// @param groupInstanceId `group.instance.id`: makes a static member; empty: a dynamic one
/// @param protocol `group.protocol`
/// @param assignors `partition.assignment.strategy`: short names or class names, the preferred one first
/// @param remoteAssignor `group.remote.assignor`; empty: the broker's choice
/// @param rack `client.rack`; empty: unknown
/// @param times see [Times]
public record GroupSettings(
        String groupId,
        Optional<String> groupInstanceId,
        Protocol protocol,
        List<String> assignors,
        Optional<String> remoteAssignor,
        Optional<String> rack,
        Times times) {

    /// `sampo.drain.timeout.ms`: how long a partition that goes away may be drained.
    public static final String DRAIN_TIMEOUT_MS_CONFIG = "sampo.drain.timeout.ms";

    /// Who computes the assignment: a member of the group, or the broker (KIP-848).
    public enum Protocol {
        CLASSIC,
        CONSUMER;

        /// Settings of the other protocol. Refused, as in kafka-clients.
        private List<String> foreign() {
            return switch (this) {
                case CLASSIC -> List.of(ConsumerConfig.GROUP_REMOTE_ASSIGNOR_CONFIG);
                case CONSUMER ->
                    List.of(
                            ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG,
                            ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG,
                            ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG);
            };
        }
    }

    /// All in milliseconds.
    ///
    /// @param sessionTimeoutMs `session.timeout.ms`: without a heartbeat for so long a member is out of the
    ///     group. A broker does not tell its own in the consumer protocol: this default of Kafka's is taken
    ///     for it
    /// @param heartbeatIntervalMs `heartbeat.interval.ms`
    /// @param rebalanceTimeoutMs `max.poll.interval.ms`: how long a rebalance waits for a member. It bounds
    ///     draining; how long a record is worked on does not matter
    /// @param drainTimeoutMs `sampo.drain.timeout.ms`
    /// @param requestTimeoutMs `request.timeout.ms`
    /// @param apiTimeoutMs `default.api.timeout.ms`: the longest that a commit is retried
    /// @param retryBackoffMs `retry.backoff.ms`: pause after the first failure; doubles
    /// @param retryBackoffMaxMs `retry.backoff.max.ms`
    /// @param metadataMaxAgeMs `metadata.max.age.ms`: how often new topics and partitions are looked for
    public record Times(
            int sessionTimeoutMs,
            int heartbeatIntervalMs,
            int rebalanceTimeoutMs,
            long drainTimeoutMs,
            int requestTimeoutMs,
            int apiTimeoutMs,
            long retryBackoffMs,
            long retryBackoffMaxMs,
            long metadataMaxAgeMs) {

        /// How long a drain may really take: `sampo.drain.timeout.ms`, and so much less than the rebalance timeout
        /// that the member, who hears of a rebalance with its next heartbeat, is back in time.
        public long drainLimitMs() {
            long inTime = Math.max(rebalanceTimeoutMs - 2L * heartbeatIntervalMs, rebalanceTimeoutMs / 2);
            return Math.min(drainTimeoutMs, inTime);
        }

        /// A heartbeat is given up early enough for another try within the session.
        public long heartbeatTimeoutMs() {
            return Math.min(requestTimeoutMs, Math.max(1, sessionTimeoutMs / 3));
        }
    }

    public GroupSettings {
        assignors = List.copyOf(assignors);
        if (groupId.isBlank()) {
            throw new ConfigException(ConsumerConfig.GROUP_ID_CONFIG, groupId, "a group needs a name");
        }
        if (times.heartbeatIntervalMs() >= times.sessionTimeoutMs()) {
            throw new ConfigException(
                    ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG,
                    times.heartbeatIntervalMs(),
                    "must be shorter than session.timeout.ms");
        }
    }

    /// Adds the settings that are read here. Those that other parts of the client read too are left as they are when
    /// they are there already.
    public static ConfigDef define(ConfigDef def) {
        add(def, ConsumerConfig.GROUP_ID_CONFIG, Type.STRING, "", null, "Name of the group.");
        add(
                def,
                ConsumerConfig.GROUP_INSTANCE_ID_CONFIG,
                Type.STRING,
                null,
                null,
                "Name of this member that outlives it: a restart within session.timeout.ms causes no rebalance.");
        add(
                def,
                ConsumerConfig.GROUP_PROTOCOL_CONFIG,
                Type.STRING,
                "classic",
                ValidString.in("classic", "consumer", "CLASSIC", "CONSUMER"),
                "classic: a member computes the assignment; consumer: the broker does (KIP-848).");
        add(
                def,
                ConsumerConfig.GROUP_REMOTE_ASSIGNOR_CONFIG,
                Type.STRING,
                null,
                null,
                "The broker's assignor, with group.protocol=consumer.");
        add(
                def,
                ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG,
                Type.LIST,
                List.of("cooperative-sticky"),
                null,
                "Assignors of the classic protocol: cooperative-sticky, range, roundrobin, sticky, or class names.");
        add(def, ConsumerConfig.CLIENT_RACK_CONFIG, Type.STRING, "", null, "Where this client runs.");
        addTimes(def);
        return def;
    }

    private static void addTimes(ConfigDef def) {
        Range positive = Range.atLeast(1);
        add(
                def,
                ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG,
                Type.INT,
                45_000,
                positive,
                "Without a heartbeat for so long a member loses its partitions.");
        add(
                def,
                ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG,
                Type.INT,
                3_000,
                positive,
                "Time between two heartbeats.");
        add(
                def,
                ConsumerConfig.MAX_POLL_INTERVAL_MS_CONFIG,
                Type.INT,
                300_000,
                positive,
                "How long a rebalance waits for a member. Working on a record for longer causes no rebalance.");
        add(
                def,
                DRAIN_TIMEOUT_MS_CONFIG,
                Type.LONG,
                30_000L,
                Range.atLeast(0),
                "How long deliveries of a partition that goes to another member may take to end.");
        add(def, ConsumerConfig.REQUEST_TIMEOUT_MS_CONFIG, Type.INT, 30_000, positive, "Longest wait for an answer.");
        add(
                def,
                ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
                Type.INT,
                60_000,
                positive,
                "Longest time that a commit is retried.");
        add(
                def,
                ConsumerConfig.RETRY_BACKOFF_MS_CONFIG,
                Type.LONG,
                100L,
                Range.atLeast(0),
                "Pause after a first failure; doubles with each further one.");
        add(
                def,
                ConsumerConfig.RETRY_BACKOFF_MAX_MS_CONFIG,
                Type.LONG,
                1_000L,
                Range.atLeast(0),
                "Longest pause between two tries.");
        add(
                def,
                ConsumerConfig.METADATA_MAX_AGE_CONFIG,
                Type.LONG,
                300_000L,
                Range.atLeast(0),
                "How often new topics and partitions are looked for.");
    }

    @SuppressWarnings("NullAway") // ConfigDef takes null for "none", and says so nowhere.
    private static void add(
            ConfigDef def,
            String name,
            Type type,
            @Nullable Object defaultValue,
            @Nullable Validator validator,
            String meaning) {
        if (!def.names().contains(name)) {
            def.define(name, type, defaultValue, validator, Importance.MEDIUM, meaning);
        }
    }

    /// @throws ConfigException when the values do not go together
    public static GroupSettings from(AbstractConfig config) {
        Protocol protocol = Protocol.valueOf(text(config, ConsumerConfig.GROUP_PROTOCOL_CONFIG)
                .orElse("classic")
                .toUpperCase(Locale.ROOT));
        for (String name : protocol.foreign()) {
            if (config.originals().containsKey(name)) {
                throw new ConfigException(name + " cannot be set when group.protocol="
                        + protocol.name().toLowerCase(Locale.ROOT));
            }
        }
        return new GroupSettings(
                text(config, ConsumerConfig.GROUP_ID_CONFIG).orElse(""),
                text(config, ConsumerConfig.GROUP_INSTANCE_ID_CONFIG),
                protocol,
                config.getList(ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG),
                text(config, ConsumerConfig.GROUP_REMOTE_ASSIGNOR_CONFIG),
                text(config, ConsumerConfig.CLIENT_RACK_CONFIG),
                new Times(
                        config.getInt(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG),
                        config.getInt(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG),
                        config.getInt(ConsumerConfig.MAX_POLL_INTERVAL_MS_CONFIG),
                        config.getLong(DRAIN_TIMEOUT_MS_CONFIG),
                        config.getInt(ConsumerConfig.REQUEST_TIMEOUT_MS_CONFIG),
                        config.getInt(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG),
                        config.getLong(ConsumerConfig.RETRY_BACKOFF_MS_CONFIG),
                        config.getLong(ConsumerConfig.RETRY_BACKOFF_MAX_MS_CONFIG),
                        config.getLong(ConsumerConfig.METADATA_MAX_AGE_CONFIG)));
    }

    private static Optional<String> text(AbstractConfig config, String name) {
        return Optional.ofNullable(config.getString(name)).filter(value -> !value.isBlank());
    }
}
