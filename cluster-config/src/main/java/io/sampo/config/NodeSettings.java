package io.sampo.config;

import io.sampo.core.config.BrokerConfig;
import io.sampo.core.config.Listener;
import io.sampo.core.fetch.FetchSettings;
import io.sampo.core.group.GroupSettings;
import io.sampo.core.partition.ReplicationQuotas;
import io.sampo.core.partition.ReplicationSettings;
import io.sampo.core.produce.DecompressionLimits;
import io.sampo.persistence.compaction.CleanerSettings;
import io.sampo.persistence.log.LogStoreSettings;
import io.sampo.persistence.retention.MaintenanceSettings;
import io.sampo.persistence.scrub.ScrubSettings;
import io.sampo.tcp.connection.SocketSettings;
import io.sampo.tcp.replication.ReplicationSocketSettings;
import io.sampo.tcp.server.ConnectionLimits;
import io.sampo.tcp.server.ListenerSettings;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Kafka's config names to the settings records of the modules. Nothing is decided here but what "not set" means
/// where it depends on the machine.
final class NodeSettings {
    private static final Logger LOG = LoggerFactory.getLogger(NodeSettings.class);

    /// Share of the largest heap that unanswered requests may take when `queued.max.request.bytes` is not set: 1/2.
    /// The buffers are outside the heap, which the JVM bounds by the same number.
    private static final int QUEUED_SHARE_OF_HEAP = 2;

    /// The cleaner's key map takes at most this share of the heap, however large its buffer was set: 1/4.
    private static final int CLEANER_SHARE_OF_HEAP = 4;

    /// And its buffers for reading and writing at most this share each: 1/16. Both may be set by a client.
    private static final int CLEANER_IO_SHARE_OF_HEAP = 16;

    private NodeSettings() {}

    static ReplicationSettings replication(BrokerConfig config) {
        ReplicationSettings defaults = ReplicationSettings.DEFAULTS;
        int electionTimeoutMs = config.getInt("sampo.election.timeout.ms");
        return new ReplicationSettings(
                electionTimeoutMs,
                electionTimeoutMs * defaults.electionJitterMs() / defaults.electionTimeoutMs(),
                defaults.electionStaggerMs(),
                defaults.campaignTimeoutMs(),
                config.getInt("sampo.heartbeat.ms"),
                defaults.fetchTimeoutMs(),
                Math.min(config.getInt("replica.fetch.wait.max.ms"), defaults.fetchTimeoutMs() / 2),
                config.getInt("replica.fetch.max.bytes"),
                (int) Math.min(Integer.MAX_VALUE, config.getLong("replica.lag.time.max.ms")),
                defaults.checkQuorumMs(),
                defaults.transferTimeoutMs(),
                defaults.learnerCaughtUpMs(),
                defaults.adoptMaxBytes(),
                defaults.maxQueuedMessages());
    }

    /// Without rates: they follow the configuration that is in force.
    static ReplicationQuotas replicationQuotas(BrokerConfig config) {
        return new ReplicationQuotas(
                config.getInt("replication.quota.window.num"),
                TimeUnit.SECONDS.toMillis(config.getInt("replication.quota.window.size.seconds")));
    }

    /// A rate of 0 bytes per second, which Kafka takes too, would hold a replica back for ever: it is 1 here.
    static void changeRates(ReplicationQuotas quotas, BrokerConfig config) {
        quotas.leader().changeRate(Math.max(1, config.getLong("leader.replication.throttled.rate")));
        quotas.follower().changeRate(Math.max(1, config.getLong("follower.replication.throttled.rate")));
    }

    static ReplicationSocketSettings replicationSocket(BrokerConfig config) {
        return ReplicationSocketSettings.DEFAULTS.withMaxUnconsumedBytes(
                Math.max(1, config.getInt("replica.fetch.response.max.bytes")));
    }

    static SocketSettings socket(BrokerConfig config) {
        SocketSettings defaults = SocketSettings.defaults();
        return new SocketSettings(
                config.getInt("socket.request.max.bytes"),
                queuedMaxRequestBytes(config),
                config.getInt("max.connections"),
                config.getInt("max.connections.per.ip"),
                idleMs(config.getLong("connections.max.idle.ms")),
                config.getInt("sasl.server.max.receive.size"),
                config.getLong("sampo.authentication.timeout.ms"),
                config.getInt("connection.failed.authentication.delay.ms"),
                config.getLong("sampo.frame.timeout.ms"),
                config.getLong("sampo.slow.reader.timeout.ms"),
                config.getInt("sampo.max.in.flight.requests.per.connection"),
                config.getInt("socket.listen.backlog.size"),
                config.getInt("socket.receive.buffer.bytes"),
                config.getInt("socket.send.buffer.bytes"),
                defaults.transport());
    }

    /// A host whose address cannot be found keeps the general limit; the log says so.
    static ConnectionLimits connectionLimits(BrokerConfig config) {
        Map<InetAddress, Integer> overrides = new HashMap<>();
        config.maxConnectionsPerIpOverrides().forEach((host, count) -> {
            try {
                overrides.put(InetAddress.getByName(host), count);
            } catch (UnknownHostException unknown) {
                LOG.warn("max.connections.per.ip.overrides: no address of {} is known", host);
            }
        });
        return new ConnectionLimits(
                config.getInt("max.connections"), config.getInt("max.connections.per.ip"), overrides);
    }

    private static long queuedMaxRequestBytes(BrokerConfig config) {
        long configured = config.getLong("queued.max.request.bytes");
        return configured > 0 ? configured : Runtime.getRuntime().maxMemory() / QUEUED_SHARE_OF_HEAP;
    }

    /// -1 is Kafka's "never".
    private static long idleMs(long configured) {
        return configured < 0 ? Long.MAX_VALUE / 2 : configured;
    }

    static List<ListenerSettings> listeners(BrokerConfig config, Map<String, String> properties) {
        return config.listeners().stream()
                .map((Listener listener) -> new ListenerSettings(
                        listener.name(), listener.protocol(), listener.host(), listener.port(), properties))
                .toList();
    }

    static GroupSettings groups(BrokerConfig config) {
        return new GroupSettings(
                config.getInt("group.min.session.timeout.ms"),
                config.getInt("group.max.session.timeout.ms"),
                config.getInt("group.initial.rebalance.delay.ms"),
                config.getInt("group.max.size"),
                GroupSettings.DEFAULTS.newMemberJoinTimeoutMs(),
                config.getInt("offset.metadata.max.bytes"),
                TimeUnit.MINUTES.toMillis(config.getInt("offsets.retention.minutes")),
                config.getLong("offsets.retention.check.interval.ms"),
                config.getInt("offsets.commit.timeout.ms"),
                config.getInt("offsets.topic.num.partitions"),
                config.getInt("offsets.load.buffer.size"));
    }

    static int eventLoops(BrokerConfig config) {
        int configured = config.getInt("sampo.event.loops");
        return configured > 0 ? configured : Runtime.getRuntime().availableProcessors();
    }

    static FetchSettings fetch(BrokerConfig config) {
        FetchSettings defaults = FetchSettings.DEFAULTS;
        return new FetchSettings(
                config.getInt("fetch.max.bytes"),
                defaults.maxWaitMs(),
                config.getInt("max.incremental.fetch.session.cache.slots"),
                defaults.sessionEvictionMs(),
                defaults.maxSessionPartitions());
    }

    static DecompressionLimits decompression(BrokerConfig config) {
        return new DecompressionLimits(
                config.getLong("sampo.max.decompressed.batch.bytes"),
                DecompressionLimits.DEFAULTS.maxRatio(),
                DecompressionLimits.DEFAULTS.ratioFreeBytes());
    }

    static MaintenanceSettings maintenance(BrokerConfig config) {
        return new MaintenanceSettings(
                config.getLong("log.retention.check.interval.ms"),
                config.getLong("log.initial.task.delay.ms"),
                config.getBoolean("log.cleaner.enable"),
                cleaner(config));
    }

    static ScrubSettings scrub(BrokerConfig config) {
        return new ScrubSettings(
                config.getLong("sampo.log.scrub.bytes.per.second"), config.getLong("sampo.log.scrub.interval.ms"));
    }

    static CleanerSettings cleaner(BrokerConfig config) {
        return new CleanerSettings(
                Math.min(
                        config.getLong("log.cleaner.dedupe.buffer.size"),
                        Runtime.getRuntime().maxMemory() / CLEANER_SHARE_OF_HEAP),
                config.getDouble("log.cleaner.io.buffer.load.factor"),
                (int) Math.min(
                        config.getInt("log.cleaner.io.buffer.size"),
                        Runtime.getRuntime().maxMemory() / CLEANER_IO_SHARE_OF_HEAP),
                config.getDouble("log.cleaner.io.max.bytes.per.second"),
                config.getLong("log.cleaner.backoff.ms"),
                config.getInt("producer.id.expiration.ms"),
                CleanerSettings.DEFAULTS.maxTrackedProducers(),
                decompression(config));
    }

    static LogStoreSettings logStore(BrokerConfig config) {
        LogStoreSettings defaults = LogStoreSettings.DEFAULTS;
        return new LogStoreSettings(
                config.getInt("sampo.log.max.open.segment.files"),
                defaults.indexCacheBytes(),
                defaults.idleFileCloseMs(),
                defaults.checkpointsKept(),
                config.getInt("sampo.log.dir.max.used.percent"),
                config.getLong("sampo.log.stray.retention.ms"),
                decompression(config));
    }
}
