package io.sampo.actors.metadata;

import io.sampo.core.config.BrokerConfig;
import io.sampo.core.metadata.ControllerCommand;
import io.sampo.core.metadata.ControllerCommand.Registered;
import io.sampo.core.metadata.ControllerCore;
import io.sampo.core.metadata.NodeImage;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.Uuid;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.ActorRef;

/// A node's metadata side with a partition in memory: node 1, its controller, client and image.
public final class MetadataNode implements AutoCloseable {
    public static final NodeImage NODE = new NodeImage(1, new Uuid(1, 1), new Uuid(1, 2), "rack-a", List.of());

    public final ActorTestKit kit = ActorTestKit.create();
    public final MetadataPartition partition = new MetadataPartition();
    public final MetadataPublisher publisher = new MetadataPublisher();
    public final BrokerConfig broker;
    public final ActorRef<Controller.Command> controller;
    public final ControllerClient client;
    public final LeaderWait leaders;
    public final TopicCreator creator;

    public MetadataNode(Map<String, String> configs) {
        this(configs, Duration.ofMillis(500));
    }

    /// @param maxWait how long a command may take in all
    public MetadataNode(Map<String, String> configs, Duration maxWait) {
        Map<String, String> given = new HashMap<>(configs);
        given.putIfAbsent("node.id", "1");
        broker = BrokerConfig.parse(given);
        partition.setLeader(Controller.METADATA_PARTITION, 1);
        controller = kit.spawn(Controller.create(
                partition,
                new ControllerCore(broker),
                publisher,
                new Controller.Settings(
                        image -> new TreeSet<>(image.nodes().keySet()),
                        broker.getInt("sampo.metadata.max.pending.commands"),
                        8 * 1024 * 1024)));
        client = ControllerGateway.start(
                kit.system(),
                1,
                controller,
                partition,
                _ -> Optional.empty(),
                publisher,
                new ControllerGateway.Settings(maxWait, 10_000));
        leaders = new LeaderWait(kit.system(), partition);
        creator = new TopicCreator(client, publisher, leaders, broker);
    }

    /// Every partition that comes into the image has a leader on this node at once.
    public MetadataNode leadEverything() {
        publisher.subscribe((_, after) -> after.topics().values().forEach(topic -> {
            for (int p = 0; p < topic.partitions().size(); p++) {
                partition.setLeader(topic.partitionId(p), 1);
            }
        }));
        return this;
    }

    public MetadataNode start() throws Exception {
        partition.lead();
        Registered registered = get(client.submit(new ControllerCommand.RegisterNode(NODE, "cluster-1")));
        if (!registered.clusterId().equals("cluster-1")) {
            throw new AssertionError(registered);
        }
        return this;
    }

    public static <R> R get(CompletionStage<R> stage) throws Exception {
        return stage.toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
        kit.shutdownTestKit();
    }
}
