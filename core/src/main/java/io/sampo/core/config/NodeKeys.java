package io.sampo.core.config;

import static org.apache.kafka.common.config.ConfigDef.Importance.HIGH;
import static org.apache.kafka.common.config.ConfigDef.Importance.LOW;
import static org.apache.kafka.common.config.ConfigDef.Importance.MEDIUM;
import static org.apache.kafka.common.config.ConfigDef.Range.atLeast;
import static org.apache.kafka.common.config.ConfigDef.Range.between;
import static org.apache.kafka.common.config.ConfigDef.Type.BOOLEAN;
import static org.apache.kafka.common.config.ConfigDef.Type.INT;
import static org.apache.kafka.common.config.ConfigDef.Type.LIST;
import static org.apache.kafka.common.config.ConfigDef.Type.LONG;
import static org.apache.kafka.common.config.ConfigDef.Type.STRING;

/// Settings of the node itself, its listeners and connections, and of topics that are created.
final class NodeKeys {
    private NodeKeys() {}

    static void define(KeyTable table) {
        identity(table);
        listeners(table);
        connections(table);
        topics(table);
        own(table);
    }

    private static void identity(KeyTable table) {
        table.add(
                "node.id",
                INT,
                1,
                atLeast(0),
                HIGH,
                "Id of this node, unique in the cluster and never reused. Not set: the one in the data directory; else its "
                        + "place in sampo.cluster.bootstrap.nodes, from 1; else the next free one of the cluster it joins.");
        table.add("broker.id", INT, -1, HIGH, "Older name of node.id; used when node.id is not set.");
        table.add("broker.rack", STRING, null, MEDIUM, "Failure domain of this node, told to clients.");
        table.add(
                "log.dirs", LIST, null, HIGH, "Directory for all data of the node; overrides log.dir. One directory.");
        table.add("log.dir", STRING, null, HIGH, "Directory for all data; the --data option sets it.");
    }

    private static void listeners(KeyTable table) {
        table.add(
                "listeners",
                LIST,
                "PLAINTEXT://:9092",
                HIGH,
                "Where the node listens: name://host:port, comma separated. An empty host means all addresses.");
        table.add(
                "advertised.listeners",
                LIST,
                null,
                HIGH,
                "Addresses told to clients. When not set, a client is told the address that it dialled.");
        table.add(
                "listener.security.protocol.map",
                STRING,
                "SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT",
                LOW,
                "Security protocol of each listener name: name:protocol, comma separated.");
    }

    private static void connections(KeyTable table) {
        table.add(
                "socket.send.buffer.bytes",
                INT,
                102_400,
                HIGH,
                "SO_SNDBUF of client sockets; -1: the system's default.");
        table.add(
                "socket.receive.buffer.bytes",
                INT,
                102_400,
                HIGH,
                "SO_RCVBUF of client sockets; -1: the system's default.");
        table.add(
                "socket.request.max.bytes",
                INT,
                100 * 1024 * 1024,
                atLeast(1),
                HIGH,
                "Largest request in bytes. A larger one closes the connection before memory is taken for it.");
        table.add("socket.listen.backlog.size", INT, 50, atLeast(1), MEDIUM, "Connections that wait to be accepted.");
        table.add(
                "queued.max.request.bytes",
                LONG,
                -1L,
                MEDIUM,
                "Bytes of requests that the node holds in memory before it stops reading; -1: chosen from the memory.");
        table.dynamic(
                "max.connections", INT, Integer.MAX_VALUE, atLeast(0), MEDIUM, "Open client connections of the node.");
        table.dynamic(
                "max.connections.per.ip",
                INT,
                Integer.MAX_VALUE,
                atLeast(0),
                MEDIUM,
                "Open client connections from one address.");
        table.dynamic(
                "max.connections.per.ip.overrides",
                STRING,
                "",
                null,
                MEDIUM,
                "Limits for single addresses: host:count, comma separated.");
        table.add(
                "connections.max.idle.ms",
                LONG,
                600_000L,
                MEDIUM,
                "A connection without a request for so long is closed; -1: never.");
        table.add(
                "connection.failed.authentication.delay.ms",
                INT,
                100,
                atLeast(0),
                LOW,
                "Pause before a connection is closed whose authentication failed.");
    }

    private static void topics(KeyTable table) {
        table.add("num.partitions", INT, 1, atLeast(1), MEDIUM, "Partitions of a topic whose creator named no number.");
        table.add(
                "default.replication.factor",
                INT,
                1,
                atLeast(1),
                MEDIUM,
                "Replicas of a topic whose creator named no number.");
        table.add(
                "auto.create.topics.enable",
                BOOLEAN,
                true,
                HIGH,
                "A topic that a client asks metadata for is created when it does not exist.");
        table.add("delete.topic.enable", BOOLEAN, true, HIGH, "Topics may be deleted.");
        table.add(
                "max.request.partition.size.limit",
                INT,
                2000,
                atLeast(1),
                MEDIUM,
                "Most partitions in one answer to DescribeTopicPartitions.");
    }

    private static void own(KeyTable table) {
        table.own(
                "sampo.check.every.record",
                BOOLEAN,
                false,
                null,
                LOW,
                "Every record of every produced batch is looked at, as Kafka does. Otherwise the broker trusts header and "
                        + "checksum where no rule needs more, which saves CPU for each record (docs/adr/0004).");
        table.own(
                "sampo.event.loops",
                INT,
                0,
                atLeast(0),
                MEDIUM,
                "Threads that serve connections and run replicas; 0: one for each core.");
        table.own(
                "sampo.max.in.flight.requests.per.connection",
                INT,
                5,
                atLeast(1),
                MEDIUM,
                "Unanswered requests of a connection before it is no longer read from.");
        table.own(
                "sampo.authentication.timeout.ms",
                LONG,
                10_000L,
                atLeast(1),
                MEDIUM,
                "Time from accept to authenticated, TLS handshake included; then the connection is closed.");
        table.own(
                "sampo.frame.timeout.ms",
                LONG,
                30_000L,
                atLeast(1),
                LOW,
                "Time from the first byte of a request to its last; then the connection is closed.");
        table.own(
                "sampo.slow.reader.timeout.ms",
                LONG,
                60_000L,
                atLeast(1),
                LOW,
                "A connection is closed when its client takes no byte of a waiting answer for so long.");
        table.own(
                "sampo.log.max.open.segment.files",
                INT,
                1024,
                atLeast(1),
                LOW,
                "Segment files that are kept open, over all partitions.");
        table.own(
                "sampo.log.dir.max.used.percent",
                INT,
                95,
                between(1, 100),
                MEDIUM,
                "No records are taken when more of the disk is used and less than 1 GiB is free: the rest is for the "
                        + "journals of the replicas; reads go on. 100: no limit.");
        table.ownDynamic(
                "sampo.log.scrub.bytes.per.second",
                LONG,
                8L << 20,
                atLeast(0),
                MEDIUM,
                "Closed segments are read again in the background, at most so fast over all partitions, and their checksums "
                        + "compared; 0: only where a reader met something.");
        table.ownDynamic(
                "sampo.log.scrub.interval.ms",
                LONG,
                7L * 24 * 60 * 60 * 1000,
                atLeast(1),
                LOW,
                "Every closed segment is read again so often, as far as the rate allows.");
        table.own(
                "sampo.log.stray.retention.ms",
                LONG,
                24L * 60 * 60 * 1000,
                atLeast(-1),
                LOW,
                "Directories of partitions that the metadata do not place here are set aside and removed after the node has "
                        + "run for so long; -1: never.");
        table.own(
                "sampo.create.topic.max.partitions",
                INT,
                10_000,
                atLeast(1),
                MEDIUM,
                "Most partitions that one request may create, over all its topics.");
        table.own(
                "sampo.topic.ready.max.wait.ms",
                LONG,
                1000L,
                atLeast(0),
                LOW,
                "How long an answer that made a topic come into being waits until its partitions have leaders.");
        table.own(
                "sampo.producer.id.block.size",
                INT,
                1000,
                atLeast(1),
                LOW,
                "Producer ids that a node takes from the controller at a time.");
        table.own(
                "sampo.metadata.max.pending.commands",
                INT,
                10_000,
                atLeast(1),
                LOW,
                "Changes of metadata that may wait for their commit; more are refused, to be tried again.");
    }
}
