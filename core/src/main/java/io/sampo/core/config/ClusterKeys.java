package io.sampo.core.config;

import static org.apache.kafka.common.config.ConfigDef.Importance.HIGH;
import static org.apache.kafka.common.config.ConfigDef.Importance.LOW;
import static org.apache.kafka.common.config.ConfigDef.Importance.MEDIUM;
import static org.apache.kafka.common.config.ConfigDef.Range.atLeast;
import static org.apache.kafka.common.config.ConfigDef.Type.BOOLEAN;
import static org.apache.kafka.common.config.ConfigDef.Type.INT;
import static org.apache.kafka.common.config.ConfigDef.Type.LIST;
import static org.apache.kafka.common.config.ConfigDef.Type.LONG;
import static org.apache.kafka.common.config.ConfigDef.Type.STRING;

import java.util.List;

/// Settings of a node among other nodes. Kafka has no names for most of them.
final class ClusterKeys {
    private ClusterKeys() {}

    static void define(KeyTable table) {
        table.own(
                "sampo.cluster.bootstrap.nodes",
                LIST,
                List.of(),
                null,
                HIGH,
                "The cluster listeners of the nodes that found the cluster, HOST:PORT, comma separated: 1, 3 or 5, the "
                        + "same everywhere and written the same way. A node that is not among them joins through them. Empty: a "
                        + "cluster of its own, which others may join later.");
        table.own(
                "sampo.cluster.listener",
                STRING,
                null,
                null,
                HIGH,
                "HOST:PORT where other nodes reach this one: never open it to clients. Not set: the host of the first "
                        + "listener (127.0.0.1 where that means all addresses) and its port + 10000.");
        table.own(
                "sampo.replication.listener",
                STRING,
                null,
                null,
                HIGH,
                "HOST:PORT where other nodes fetch records from this one: never open it to clients. Not set: the host of "
                        + "sampo.cluster.listener, and the port of the first listener + 20000.");
        table.own(
                "sampo.node.replace",
                BOOLEAN,
                false,
                null,
                LOW,
                "This node takes over its node id from a data directory that is lost for ever. For one start.");
        table.own(
                "sampo.election.timeout.ms",
                INT,
                1500,
                atLeast(100),
                MEDIUM,
                "A replica that hears no leader for so long may try to become it.");
        table.own(
                "sampo.heartbeat.ms",
                INT,
                300,
                atLeast(10),
                MEDIUM,
                "How often leaders announce themselves; at most a third of sampo.election.timeout.ms.");
        catchUp(table);
    }

    /// Kafka's names, but for the last one.
    private static void catchUp(KeyTable table) {
        table.dynamic(
                "leader.replication.throttled.rate",
                LONG,
                Long.MAX_VALUE,
                atLeast(0),
                MEDIUM,
                "Bytes per second that this node sends of partitions in leader.replication.throttled.replicas, before "
                        + "replicas that are not in sync have to wait.");
        table.dynamic(
                "follower.replication.throttled.rate",
                LONG,
                Long.MAX_VALUE,
                atLeast(0),
                MEDIUM,
                "Bytes per second that this node takes of partitions in follower.replication.throttled.replicas, before "
                        + "its replicas that are not in sync have to wait.");
        table.add(
                "replication.quota.window.num",
                INT,
                11,
                atLeast(1),
                LOW,
                "Both rates are those of so many windows of time.");
        table.add("replication.quota.window.size.seconds", INT, 1, atLeast(1), LOW, "Length of a window.");
        table.own(
                "sampo.replication.catch.up.reads",
                INT,
                2,
                atLeast(1),
                LOW,
                "Reads, of replica.fetch.max.bytes at most each, that are under way at the same time for replicas that are "
                        + "so far behind that a disk may be waited for.");
    }
}
