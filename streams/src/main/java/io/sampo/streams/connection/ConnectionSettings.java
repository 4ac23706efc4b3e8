package io.sampo.streams.connection;

import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.ClientDnsLookup;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.MetadataRecoveryStrategy;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.CaseInsensitiveValidString;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Range;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigDef.ValidString;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.SaslConfigs;
import org.apache.kafka.common.config.SslConfigs;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.apache.kafka.common.utils.Utils;

/// What the connections to a cluster go by. Names and defaults are those of Kafka's clients; durations are in
/// milliseconds.
///
/// @param bootstrap `bootstrap.servers`, in their order
/// @param clientId `client.id`
/// @param requestTimeoutMs `request.timeout.ms`: for metadata, versions and authentication
/// @param defaultApiTimeoutMs `default.api.timeout.ms`: of a call of the admin, its retries included
/// @param setupTimeout `socket.connection.setup.timeout.ms(.max)`: for TCP and TLS of one address
/// @param reconnect `reconnect.backoff.ms(.max)`: after a connection that failed
/// @param retry `retry.backoff.ms(.max)`: between two questions for metadata, and before a request is repeated
/// @param connectionsMaxIdleMs `connections.max.idle.ms`; -1: never closed for that
/// @param metadataMaxAgeMs `metadata.max.age.ms`
/// @param metadataMaxIdleMs `metadata.max.idle.ms`: a topic that was not used for so long is forgotten
/// @param allowAutoCreateTopics `allow.auto.create.topics`: whether asking for a topic may create it
/// @param rebootstrap `metadata.recovery.strategy`: whether `bootstrap.servers` are tried again when no known node
///     answers
/// @param sendBufferBytes `send.buffer.bytes`; -1: the system's default
/// @param receiveBufferBytes `receive.buffer.bytes`; -1: the system's default
/// @param maxWaitingRequests `sampo.max.waiting.requests.per.connection`: without an answer; one more fails
/// @param maxConnectionsPerNode `sampo.max.connections.per.node`: beyond it, requests that a broker may hold share
///     connections
/// @param receiveMemoryBytes `sampo.receive.memory.bytes`: of answers that nobody has closed yet. Above it nothing is
///     read from connections whose requests a broker may hold (fetches). All other answers have as much for
///     themselves, so that records which are not used yet cannot hold up a heartbeat
/// @param securityProtocol `security.protocol`
/// @param security all settings by their names; `ssl.*` and `sasl.*` are read from it
public record ConnectionSettings(
        List<Endpoint> bootstrap,
        String clientId,
        long requestTimeoutMs,
        long defaultApiTimeoutMs,
        Backoff setupTimeout,
        Backoff reconnect,
        Backoff retry,
        long connectionsMaxIdleMs,
        long metadataMaxAgeMs,
        long metadataMaxIdleMs,
        boolean allowAutoCreateTopics,
        boolean rebootstrap,
        int sendBufferBytes,
        int receiveBufferBytes,
        int maxWaitingRequests,
        int maxConnectionsPerNode,
        long receiveMemoryBytes,
        SecurityProtocol securityProtocol,
        Map<String, ?> security) {

    public static final String ALLOW_AUTO_CREATE_TOPICS = "allow.auto.create.topics";
    public static final String METADATA_MAX_IDLE_MS = "metadata.max.idle.ms";
    public static final String MAX_WAITING_REQUESTS = "sampo.max.waiting.requests.per.connection";
    public static final String MAX_CONNECTIONS_PER_NODE = "sampo.max.connections.per.node";
    public static final String RECEIVE_MEMORY_BYTES = "sampo.receive.memory.bytes";

    /// One for requests that are answered at once, one for batches, one for what a broker may hold.
    private static final int FEWEST_CONNECTIONS = 3;

    /// Of the receive buffer, which then grows with what a connection carries. Kafka's clients have 64 KiB:
    /// a connection wakes for each of so many bytes, a sixth of the processor time of reading, and waits for a
    /// broker that is far away.
    private static final int SYSTEMS_DEFAULT = -1;

    /// Kafka's bound: a topic must not be forgotten between two requests that use it.
    private static final long LEAST_METADATA_IDLE_MS = 5_000;

    /// Adds the settings of this layer.
    public static ConfigDef define(ConfigDef definition) {
        definition
                .define(
                        CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG,
                        Type.LIST,
                        ConfigDef.NO_DEFAULT_VALUE,
                        Importance.HIGH,
                        "Addresses, host:port, of some brokers; the others are learned from these.")
                .define(
                        CommonClientConfigs.CLIENT_DNS_LOOKUP_CONFIG,
                        Type.STRING,
                        ClientDnsLookup.USE_ALL_DNS_IPS.toString(),
                        ValidString.in(ClientDnsLookup.USE_ALL_DNS_IPS.toString()),
                        Importance.MEDIUM,
                        "use_all_dns_ips, the only value: all addresses of a name are tried in turn.")
                .define(
                        CommonClientConfigs.CLIENT_ID_CONFIG,
                        Type.STRING,
                        "",
                        Importance.MEDIUM,
                        "What a broker calls this client in its logs, metrics and quotas.")
                .define(
                        CommonClientConfigs.SECURITY_PROTOCOL_CONFIG,
                        Type.STRING,
                        CommonClientConfigs.DEFAULT_SECURITY_PROTOCOL,
                        CaseInsensitiveValidString.in(Utils.enumOptions(SecurityProtocol.class)),
                        Importance.MEDIUM,
                        "PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL.")
                .define(
                        CommonClientConfigs.METADATA_RECOVERY_STRATEGY_CONFIG,
                        Type.STRING,
                        MetadataRecoveryStrategy.REBOOTSTRAP.name,
                        CaseInsensitiveValidString.in(Utils.enumOptions(MetadataRecoveryStrategy.class)),
                        Importance.LOW,
                        "rebootstrap: when no known broker can be reached, bootstrap.servers are tried again.")
                .define(
                        ALLOW_AUTO_CREATE_TOPICS,
                        Type.BOOLEAN,
                        true,
                        Importance.MEDIUM,
                        "Whether asking for a topic that does not exist may create it, if the broker allows that.");
        long0(definition, CommonClientConfigs.REQUEST_TIMEOUT_MS_CONFIG, 30_000, "Until an answer must be there.");
        long0(definition, CommonClientConfigs.DEFAULT_API_TIMEOUT_MS_CONFIG, 60_000, "Of a call with its retries.");
        long0(
                definition,
                CommonClientConfigs.SOCKET_CONNECTION_SETUP_TIMEOUT_MS_CONFIG,
                10_000,
                "For the TCP connect and TLS handshake of one address; doubles with each failure.");
        long0(
                definition,
                CommonClientConfigs.SOCKET_CONNECTION_SETUP_TIMEOUT_MAX_MS_CONFIG,
                30_000,
                "Upper limit of the doubling.");
        long0(definition, CommonClientConfigs.RECONNECT_BACKOFF_MS_CONFIG, 50, "Pause after a failed connection.");
        long0(definition, CommonClientConfigs.RECONNECT_BACKOFF_MAX_MS_CONFIG, 1_000, "Upper limit of its doubling.");
        long0(definition, CommonClientConfigs.RETRY_BACKOFF_MS_CONFIG, 100, "Pause before a request is repeated.");
        long0(definition, CommonClientConfigs.RETRY_BACKOFF_MAX_MS_CONFIG, 1_000, "Upper limit of its doubling.");
        long0(definition, CommonClientConfigs.METADATA_MAX_AGE_CONFIG, 300_000, "Metadata is renewed after so long.");
        definition.define(
                METADATA_MAX_IDLE_MS,
                Type.LONG,
                300_000,
                Range.atLeast(LEAST_METADATA_IDLE_MS),
                Importance.LOW,
                "A topic that was not used for so long is forgotten, until it is used again.");
        definition
                .define(
                        CommonClientConfigs.CONNECTIONS_MAX_IDLE_MS_CONFIG,
                        Type.LONG,
                        540_000,
                        Importance.MEDIUM,
                        "A connection without requests is closed after so long; -1: never.")
                .define(
                        CommonClientConfigs.SEND_BUFFER_CONFIG,
                        Type.INT,
                        128 * 1024,
                        Range.atLeast(CommonClientConfigs.SEND_BUFFER_LOWER_BOUND),
                        Importance.MEDIUM,
                        "SO_SNDBUF; -1: the system's default.")
                .define(
                        CommonClientConfigs.RECEIVE_BUFFER_CONFIG,
                        Type.INT,
                        SYSTEMS_DEFAULT,
                        Range.atLeast(CommonClientConfigs.RECEIVE_BUFFER_LOWER_BOUND),
                        Importance.MEDIUM,
                        "SO_RCVBUF; -1: the system's default.")
                .define(
                        MAX_WAITING_REQUESTS,
                        Type.INT,
                        1_000,
                        Range.atLeast(1),
                        Importance.LOW,
                        "Requests of a connection without an answer; one more fails at once.")
                .define(
                        MAX_CONNECTIONS_PER_NODE,
                        Type.INT,
                        64,
                        Range.atLeast(FEWEST_CONNECTIONS),
                        Importance.LOW,
                        "Connections to one broker; beyond it fetches and joins wait for one another.")
                .define(
                        RECEIVE_MEMORY_BYTES,
                        Type.LONG,
                        256L * 1024 * 1024,
                        Range.atLeast(1),
                        Importance.LOW,
                        "Memory of answers that are not used yet; above it no fetch is read from its socket.");
        SslConfigs.addClientSslSupport(definition);
        SaslConfigs.addClientSaslSupport(definition);
        return definition;
    }

    /// @param config with the settings of [#define]
    /// @throws ConfigException for addresses that cannot be used
    public static ConnectionSettings from(AbstractConfig config) {
        return new ConnectionSettings(
                Endpoint.parse(config.getList(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG)),
                config.getString(CommonClientConfigs.CLIENT_ID_CONFIG),
                config.getLong(CommonClientConfigs.REQUEST_TIMEOUT_MS_CONFIG),
                config.getLong(CommonClientConfigs.DEFAULT_API_TIMEOUT_MS_CONFIG),
                new Backoff(
                        config.getLong(CommonClientConfigs.SOCKET_CONNECTION_SETUP_TIMEOUT_MS_CONFIG),
                        config.getLong(CommonClientConfigs.SOCKET_CONNECTION_SETUP_TIMEOUT_MAX_MS_CONFIG)),
                new Backoff(
                        config.getLong(CommonClientConfigs.RECONNECT_BACKOFF_MS_CONFIG),
                        config.getLong(CommonClientConfigs.RECONNECT_BACKOFF_MAX_MS_CONFIG)),
                new Backoff(
                        config.getLong(CommonClientConfigs.RETRY_BACKOFF_MS_CONFIG),
                        config.getLong(CommonClientConfigs.RETRY_BACKOFF_MAX_MS_CONFIG)),
                config.getLong(CommonClientConfigs.CONNECTIONS_MAX_IDLE_MS_CONFIG),
                config.getLong(CommonClientConfigs.METADATA_MAX_AGE_CONFIG),
                config.getLong(METADATA_MAX_IDLE_MS),
                config.getBoolean(ALLOW_AUTO_CREATE_TOPICS),
                MetadataRecoveryStrategy.forName(
                                config.getString(CommonClientConfigs.METADATA_RECOVERY_STRATEGY_CONFIG))
                        == MetadataRecoveryStrategy.REBOOTSTRAP,
                config.getInt(CommonClientConfigs.SEND_BUFFER_CONFIG),
                config.getInt(CommonClientConfigs.RECEIVE_BUFFER_CONFIG),
                config.getInt(MAX_WAITING_REQUESTS),
                config.getInt(MAX_CONNECTIONS_PER_NODE),
                config.getLong(RECEIVE_MEMORY_BYTES),
                SecurityProtocol.forName(config.getString(CommonClientConfigs.SECURITY_PROTOCOL_CONFIG)),
                config.values());
    }

    /// From these settings alone, all others by default.
    public static ConnectionSettings of(Map<String, ?> settings) {
        return from(new AbstractConfig(define(new ConfigDef()), settings, false));
    }

    /// Whether a connection begins with TLS.
    boolean tls() {
        return securityProtocol == SecurityProtocol.SSL || securityProtocol == SecurityProtocol.SASL_SSL;
    }

    /// Whether a connection authenticates by SASL.
    boolean sasl() {
        return securityProtocol == SecurityProtocol.SASL_PLAINTEXT || securityProtocol == SecurityProtocol.SASL_SSL;
    }

    private static void long0(ConfigDef definition, String name, long defaultMs, String what) {
        definition.define(name, Type.LONG, defaultMs, Range.atLeast(0), Importance.MEDIUM, what);
    }
}
