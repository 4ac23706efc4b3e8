package io.sampo.core.config;

import static org.apache.kafka.common.config.ConfigDef.Type.BOOLEAN;
import static org.apache.kafka.common.config.ConfigDef.Type.INT;
import static org.apache.kafka.common.config.ConfigDef.Type.LIST;
import static org.apache.kafka.common.config.ConfigDef.Type.LONG;
import static org.apache.kafka.common.config.ConfigDef.Type.STRING;

import java.util.List;
import java.util.Set;

/// Keys that a `server.properties` file of Kafka may hold and that have no meaning here, so that the file can be
/// used as it is: a warning names them.
final class OtherKeys {
    private OtherKeys() {}

    /// Prefixes of keys of Kafka whose function is done differently here or comes later.
    private static final List<String> PREFIXES = List.of(
            "zookeeper.",
            "controller.quorum.",
            "metadata.log.",
            "remote.log.",
            "rsm.config.",
            "rlmm.config.",
            "group.consumer.",
            "group.share.",
            "group.streams.",
            "group.coordinator.",
            "share.coordinator.",
            "transaction.",
            "delegation.token.",
            "password.encoder.",
            "sasl.oauthbearer.",
            "sasl.login.",
            "sasl.kerberos.",
            "telemetry.",
            "confluent.",
            "kafka.metrics.");

    private static final Set<String> NAMES = Set.of(
            "broker.id.generation.enable",
            "reserved.broker.max.id",
            "inter.broker.protocol.version",
            "log.message.format.version",
            "log.message.downconversion.enable",
            "log.message.timestamp.difference.max.ms",
            "control.plane.listener.name",
            "advertised.host.name",
            "advertised.port",
            "host.name",
            "port",
            "metadata.max.idle.interval.ms",
            "metadata.max.retention.bytes",
            "metadata.max.retention.ms",
            "server.max.startup.time.ms",
            "unstable.api.versions.enable",
            "unstable.feature.versions.enable");

    static boolean knownToKafka(String name) {
        return NAMES.contains(name) || PREFIXES.stream().anyMatch(name::startsWith);
    }

    static void define(KeyTable table) {
        String threads = "Sampo sizes its threads by the processors.";
        table.unused("num.network.threads", INT, 3, threads);
        table.unused("num.io.threads", INT, 8, threads);
        table.unused("num.replica.fetchers", INT, 1, threads);
        table.unused("num.replica.alter.log.dirs.threads", INT, null, threads);
        table.unused("background.threads", INT, 10, threads);
        table.unused("queued.max.requests", INT, 500, "Memory is bounded by queued.max.request.bytes.");

        String quorum = "Sampo has no separate controllers.";
        table.unused("process.roles", LIST, List.of(), quorum);
        table.unused("controller.listener.names", LIST, List.of(), quorum);
        table.unused("broker.heartbeat.interval.ms", INT, 2000, quorum);
        table.unused("broker.session.timeout.ms", INT, 9000, quorum);
        table.unused("initial.broker.registration.timeout.ms", INT, 60_000, quorum);
        table.unused("metadata.log.dir", STRING, null, quorum);

        String replication = "Replication between nodes has settings of its own.";
        table.unused("inter.broker.listener.name", STRING, null, replication);
        table.unused("security.inter.broker.protocol", STRING, "PLAINTEXT", replication);
        table.unused("replica.socket.timeout.ms", INT, 30_000, replication);
        table.unused("replica.socket.receive.buffer.bytes", INT, 65_536, replication);
        table.unused("replica.fetch.backoff.ms", INT, 1000, replication);
        table.unused("replica.fetch.min.bytes", INT, 1, replication);
        table.unused("replica.high.watermark.checkpoint.interval.ms", LONG, 5000L, replication);
        table.unused("controlled.shutdown.enable", BOOLEAN, true, replication);
        table.unused("controlled.shutdown.max.retries", INT, 3, replication);
        table.unused("controlled.shutdown.retry.backoff.ms", LONG, 5000L, replication);
        table.unused("controller.socket.timeout.ms", INT, 30_000, replication);
        table.unused("request.timeout.ms", INT, 30_000, replication);

        String purgatory = "Parked requests are woken, not scanned for.";
        table.unused("fetch.purgatory.purge.interval.requests", INT, 1000, purgatory);
        table.unused("producer.purgatory.purge.interval.requests", INT, 1000, purgatory);
        table.unused("delete.records.purgatory.purge.interval.requests", INT, 1, purgatory);

        String checkpoints = "Checkpoints are written when segments roll.";
        table.unused("log.flush.offset.checkpoint.interval.ms", INT, 60_000, checkpoints);
        table.unused("log.flush.start.offset.checkpoint.interval.ms", INT, 60_000, checkpoints);
        table.unused("log.dir.failure.timeout.ms", LONG, 30_000L, checkpoints);

        String later = "Not supported yet.";
        table.unused("max.connection.creation.rate", INT, Integer.MAX_VALUE, later);
        table.unused("metric.reporters", LIST, List.of(), later);
        table.unused("metrics.num.samples", INT, 2, later);
        table.unused("metrics.recording.level", STRING, "INFO", later);
        table.unused("metrics.sample.window.ms", LONG, 30_000L, later);
        table.unused("quota.window.num", INT, 11, later);
        table.unused("quota.window.size.seconds", INT, 1, later);
        table.unused("controller.quota.window.num", INT, 11, later);
        table.unused("controller.quota.window.size.seconds", INT, 1, later);
        table.unused("alter.log.dirs.replication.quota.window.num", INT, 11, later);
        table.unused("alter.log.dirs.replication.quota.window.size.seconds", INT, 1, later);
        table.unused("client.quota.callback.class", STRING, null, later);
        table.unused("create.topic.policy.class.name", STRING, null, later);
        table.unused("alter.config.policy.class.name", STRING, null, later);
        table.unused("early.start.listeners", STRING, null, later);
    }
}
