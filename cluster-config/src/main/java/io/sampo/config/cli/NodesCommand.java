package io.sampo.config.cli;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.LogDirDescription;
import org.apache.kafka.clients.admin.QuorumInfo;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.Node;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `sampo nodes`: the nodes of the cluster, what they lead, how far behind they are, what their disks hold.
@Command(
        name = "nodes",
        mixinStandardHelpOptions = true,
        description = "The nodes of the cluster: what each leads, how far it is behind, what its disk holds.",
        footer = {
            "",
            "LEADERS: partitions that the node leads, and how many it should lead. OUT OF SYNC: replicas on it that have not",
            "caught up. METADATA LAG: records of the metadata log that it has not got yet. A node that is down has no address.",
            "",
            "Example:",
            "  sampo nodes -b broker-1:9092 -o json"
        })
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
            var described = admin.describeCluster();
            Collection<Node> live = described.nodes().get();
            int controller = described.controller().get().id();
            NodeShares shares = NodeShares.of(live, topics(admin));
            QuorumInfo quorum = admin.describeMetadataQuorum().quorumInfo().get();
            Map<Integer, Map<String, LogDirDescription>> dirs = admin.describeLogDirs(
                            live.stream().map(Node::id).toList())
                    .allDescriptions()
                    .get();
            if (!client.json()) {
                spec.commandLine()
                        .getOut()
                        .println("Cluster " + described.clusterId().get() + ": " + shares.summary());
            }
            Table table = new Table(
                    "NODE",
                    "ADDRESS",
                    "RACK",
                    "CONTROLLER",
                    "LEADERS",
                    "PREFERRED",
                    "REPLICAS",
                    "OUT OF SYNC",
                    "METADATA LAG",
                    "LOG BYTES",
                    "FREE BYTES");
            for (NodeShares.Share share : shares.byNode().values()) {
                Node node = share.node();
                Disk disk = Disk.of(dirs.get(share.nodeId()));
                table.row(
                        share.nodeId(),
                        node == null ? null : node.host() + ":" + node.port(),
                        node == null ? null : node.rack(),
                        share.nodeId() == controller ? "yes" : "no",
                        share.leaders(),
                        share.preferred(),
                        share.replicas(),
                        share.outOfSync(),
                        metadataLag(quorum, share.nodeId()),
                        disk == null ? null : disk.bytes(),
                        disk == null ? null : disk.free());
            }
            table.print(spec.commandLine().getOut(), client.output);
            return 0;
        }
    }

    private static Collection<TopicDescription> topics(Admin admin) throws ExecutionException, InterruptedException {
        Collection<String> names = admin.listTopics(new ListTopicsOptions().listInternal(true))
                .names()
                .get();
        return admin.describeTopics(names).allTopicNames().get().values();
    }

    private static @Nullable Long metadataLag(QuorumInfo quorum, int nodeId) {
        List<QuorumInfo.ReplicaState> replicas = new ArrayList<>(quorum.voters());
        replicas.addAll(quorum.observers());
        long end = replicas.stream()
                .filter(replica -> replica.replicaId() == quorum.leaderId())
                .mapToLong(QuorumInfo.ReplicaState::logEndOffset)
                .findFirst()
                .orElse(-1);
        return replicas.stream()
                .filter(replica -> replica.replicaId() == nodeId && replica.logEndOffset() >= 0 && end >= 0)
                .map(replica -> Math.max(0, end - replica.logEndOffset()))
                .findFirst()
                .orElse(null);
    }

    private record Disk(long bytes, long free) {

        static @Nullable Disk of(@Nullable Map<String, LogDirDescription> dirs) {
            if (dirs == null) {
                return null;
            }
            long bytes = 0;
            long free = 0;
            for (LogDirDescription dir : dirs.values()) {
                free += dir.usableBytes().orElse(0);
                for (var info : dir.replicaInfos().values()) {
                    bytes += Objects.requireNonNull(info).size();
                }
            }
            return new Disk(bytes, free);
        }
    }
}
