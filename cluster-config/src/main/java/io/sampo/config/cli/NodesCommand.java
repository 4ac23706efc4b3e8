package io.sampo.config.cli;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.LogDirDescription;
import org.apache.kafka.common.Node;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `sampo nodes`: the nodes of the cluster and what their disks hold.
@Command(
        name = "nodes",
        mixinStandardHelpOptions = true,
        description = "The nodes of the cluster: address, partitions, bytes of log, free disk.",
        footer = {"", "Example:", "  sampo nodes -b broker-1:9092 -o json"})
public final class NodesCommand implements Callable<Integer> {

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Mixin
    @SuppressWarnings("NullAway.Init")
    private ClientOptions client;

    @Override
    public Integer call() throws Exception {
        try (Admin admin = client.admin()) {
            var cluster = admin.describeCluster();
            List<Node> nodes = new ArrayList<>(cluster.nodes().get());
            nodes.sort(Comparator.comparingInt(Node::id));
            Map<Integer, Map<String, LogDirDescription>> dirs = admin.describeLogDirs(
                            nodes.stream().map(Node::id).toList())
                    .allDescriptions()
                    .get();
            int controller = cluster.controller().get().id();
            Table table = new Table("NODE", "ADDRESS", "RACK", "CONTROLLER", "REPLICAS", "LOG BYTES", "FREE BYTES");
            for (Node node : nodes) {
                long bytes = 0;
                long free = 0;
                int replicas = 0;
                for (LogDirDescription dir :
                        Objects.requireNonNull(dirs.get(node.id())).values()) {
                    replicas += dir.replicaInfos().size();
                    free += dir.usableBytes().orElse(0);
                    for (var info : dir.replicaInfos().values()) {
                        bytes += info.size();
                    }
                }
                table.row(
                        node.id(),
                        node.host() + ":" + node.port(),
                        node.rack(),
                        node.id() == controller ? "yes" : "no",
                        replicas,
                        bytes,
                        free);
            }
            if (!client.json()) {
                spec.commandLine()
                        .getOut()
                        .println("Cluster " + cluster.clusterId().get());
            }
            table.print(spec.commandLine().getOut(), client.output);
            return 0;
        }
    }
}
