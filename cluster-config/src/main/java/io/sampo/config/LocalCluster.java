package io.sampo.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Settings of several nodes on one machine: each in a file of its own directory, so that `sampo up --data` is all
/// that it takes to start one of them again.
///
/// @param data absolute
/// @param settings of all nodes, over those that follow from the place of a node
record LocalCluster(int nodes, int basePort, Path data, Map<String, String> settings) {
    private static final String HOST = "127.0.0.1";
    private static final int MOST_FOUNDERS = 5;
    private static final int MOST_REPLICAS = 3;
    private static final int CLUSTER_PORT_OFFSET = 10_000;
    private static final int REPLICATION_PORT_OFFSET = 20_000;

    LocalCluster {
        settings = Map.copyOf(settings);
    }

    Path directory(int node) {
        return data.resolve("node-" + node);
    }

    /// What brings a node back.
    String command(Object node) {
        return "./sampo up --data " + data.resolve("node-" + node);
    }

    void writeSettings(int node) throws IOException {
        Files.createDirectories(directory(node));
        StringBuilder lines = new StringBuilder("# Written by `sampo cluster` at each start.\n");
        of(node).forEach((key, value) -> lines.append(key)
                .append('=')
                .append(value.replace("\\", "\\\\"))
                .append('\n'));
        Files.writeString(directory(node).resolve(NodeOptions.FILE), lines, StandardCharsets.ISO_8859_1);
    }

    /// Node `node`, from 1, as Kafka's and Sampo's settings say it.
    Map<String, String> of(int node) {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("node.id", Integer.toString(node));
        all.put("listeners", "PLAINTEXT://" + HOST + ":" + port(node));
        all.put("sampo.cluster.listener", HOST + ":" + (port(node) + CLUSTER_PORT_OFFSET));
        all.put("sampo.replication.listener", HOST + ":" + (port(node) + REPLICATION_PORT_OFFSET));
        all.put("sampo.cluster.bootstrap.nodes", String.join(",", founders()));
        all.put("default.replication.factor", Integer.toString(Math.min(MOST_REPLICAS, nodes)));
        all.put("offsets.topic.replication.factor", Integer.toString(Math.min(MOST_REPLICAS, nodes)));
        all.putAll(settings);
        return all;
    }

    private int port(int node) {
        return basePort + node - 1;
    }

    /// One, three or five; others join them.
    private List<String> founders() {
        int count = nodes >= MOST_FOUNDERS ? MOST_FOUNDERS : nodes >= 3 ? 3 : 1;
        List<String> founders = new ArrayList<>();
        for (int node = 1; node <= count; node++) {
            founders.add(HOST + ":" + (port(node) + CLUSTER_PORT_OFFSET));
        }
        return founders;
    }
}
