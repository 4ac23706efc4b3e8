package io.sampo.core.config;

import static org.apache.kafka.common.config.ConfigDef.Importance.HIGH;
import static org.apache.kafka.common.config.ConfigDef.Importance.LOW;
import static org.apache.kafka.common.config.ConfigDef.Importance.MEDIUM;
import static org.apache.kafka.common.config.ConfigDef.Range.atLeast;
import static org.apache.kafka.common.config.ConfigDef.Type.BOOLEAN;
import static org.apache.kafka.common.config.ConfigDef.Type.INT;
import static org.apache.kafka.common.config.ConfigDef.Type.LIST;
import static org.apache.kafka.common.config.ConfigDef.Type.STRING;

import java.util.List;

/// Settings of a node among other nodes. Kafka has no names for them.
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
    }
}
