package io.sampo.actors.metadata;

import static io.sampo.actors.Eventually.eventually;
import static io.sampo.actors.metadata.MetadataNode.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.ConfigFactory;
import io.sampo.core.config.BrokerConfig;
import io.sampo.core.metadata.ControllerCommand;
import io.sampo.core.metadata.ControllerCore;
import io.sampo.core.metadata.NodeImage;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.NotControllerException;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.pekko.actor.Address;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.cluster.typed.Cluster;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Two nodes in one process: node 1 leads the metadata partition, node 2 reads its log and asks through its
/// gateway.
class ControllerGatewayTest {
    private final MetadataPartition partition = new MetadataPartition();
    private final MetadataObserver observer = new MetadataObserver(partition, 1);
    private final Node leader = new Node(1, partition);
    private final Node other = new Node(2, observer);

    private final class Node {
        final ActorTestKit kit;
        final MetadataPublisher publisher = new MetadataPublisher();
        final ControllerClient client;

        Node(int nodeId, io.sampo.actors.partition.LeaderDirectory directory) {
            kit = ActorTestKit.create(
                    "sampo",
                    ConfigFactory.parseString("pekko.remote.artery.canonical { hostname = 127.0.0.1, port = 0 }")
                            .withFallback(ConfigFactory.load("sampo-actors")));
            BrokerConfig broker = BrokerConfig.parse(Map.of("node.id", Integer.toString(nodeId)));
            ActorRef<Controller.Command> controller = kit.system()
                    .systemActorOf(
                            Controller.create(
                                    directory,
                                    new ControllerCore(broker),
                                    publisher,
                                    new Controller.Settings(
                                            image -> new TreeSet<>(image.nodes().keySet()), 100, 8 * 1024 * 1024)),
                            ControllerGateway.CONTROLLER_NAME,
                            Props.empty());
            client = ControllerGateway.start(
                    kit.system(),
                    nodeId,
                    controller,
                    directory,
                    ControllerGatewayTest.this::address,
                    publisher,
                    new ControllerGateway.Settings(
                            Duration.ofSeconds(3),
                            Duration.ofMillis(20),
                            Duration.ofMillis(700),
                            Duration.ofMillis(300),
                            50));
        }

        Address address() {
            return Cluster.get(kit.system()).selfMember().address();
        }
    }

    private @Nullable Address unreachable;

    private Optional<Address> address(int nodeId) {
        return switch (nodeId) {
            case 1 -> Optional.of(unreachable == null ? leader.address() : unreachable);
            case 2 -> Optional.of(other.address());
            default -> Optional.empty();
        };
    }

    private static NodeImage image(int nodeId) {
        return new NodeImage(nodeId, new Uuid(1, nodeId), new Uuid(2, nodeId), null, List.of());
    }

    private void start() throws Exception {
        partition.lead();
        partition.setLeader(Controller.METADATA_PARTITION, 1);
        get(leader.client.submit(new ControllerCommand.RegisterNode(image(1), "c")));
    }

    private CompletableFuture<CreateTopicsResponseData> create(String name) {
        CreateTopicsRequestData request = new CreateTopicsRequestData();
        request.topics()
                .add(new CreatableTopic().setName(name).setNumPartitions(1).setReplicationFactor((short) 1));
        return other.client
                .submit(new ControllerCommand.CreateTopics(request, List.of(Uuid.randomUuid())))
                .toCompletableFuture();
    }

    private static Errors error(CreateTopicsResponseData response) {
        return Errors.forCode(response.topics().iterator().next().errorCode());
    }

    @AfterEach
    void close() {
        leader.kit.shutdownTestKit();
        other.kit.shutdownTestKit();
    }

    @Test
    void anObserverPublishesWhatIsCommitted() throws Exception {
        start();
        assertEquals(-1, other.publisher.image().offset());
        observer.catchUp();
        eventually(
                "node 1 appears at node 2",
                () -> other.publisher.image().nodes().containsKey(1));
        get(leader.client.submit(new ControllerCommand.RegisterNode(image(2), "c")));
        assertNull(other.publisher.image().nodes().get(2), "not known to be committed there");
        observer.catchUp();
        eventually("node 2 appears", () -> other.publisher.image().equals(leader.publisher.image()));
        observer.end();
        get(leader.client.submit(new ControllerCommand.RegisterNode(image(3), "c")));
        observer.catchUp();
        eventually("a new follower goes on", () -> other.publisher.image().equals(leader.publisher.image()));
    }

    @Test
    void aCommandOfAnotherNodeIsAnsweredWhenThatNodesImageShowsIt() throws Exception {
        start();
        observer.catchUp();
        CompletableFuture<CreateTopicsResponseData> created = create("t");
        eventually("it is committed", () -> leader.publisher.image().topic("t") != null);
        assertThrows(
                java.util.concurrent.TimeoutException.class,
                () -> created.get(150, java.util.concurrent.TimeUnit.MILLISECONDS));
        observer.catchUp();
        assertEquals(Errors.NONE, error(get(created)));
        assertNotNull(other.publisher.image().topic("t"));
        assertEquals(Errors.TOPIC_ALREADY_EXISTS, error(get(create("t"))), "a refusal needs no new image");
    }

    @Test
    void anImageThatStaysBehindDoesNotKeepTheAnswerForEver() throws Exception {
        start();
        assertEquals(Errors.NONE, error(get(create("t"))));
        assertNull(other.publisher.image().topic("t"));
    }

    @Test
    void aNodeThatStandsByIsAskedAgain() throws Exception {
        partition.setLeader(Controller.METADATA_PARTITION, 1);
        observer.catchUp();
        CompletableFuture<CreateTopicsResponseData> created = create("t");
        assertFalse(created.isDone());
        start();
        eventually("it is committed", () -> leader.publisher.image().topic("t") != null);
        observer.catchUp();
        assertEquals(Errors.NONE, error(get(created)));
    }

    @Test
    void withoutAControllerTheCommandFailsAfterItsTime() {
        observer.leaderIs(-1);
        ExecutionException e = assertThrows(ExecutionException.class, () -> get(create("t")));
        assertInstanceOf(NotControllerException.class, e.getCause());
        observer.leaderIs(9);
        e = assertThrows(ExecutionException.class, () -> get(create("t")));
        assertInstanceOf(NotControllerException.class, e.getCause());
    }

    /// Nobody knows whether the deletion was done: it must not be told twice, or it could meet a new topic of the
    /// name.
    @Test
    void aCommandWithoutAnAnswerFailsUnlessItMayBeToldTwice() throws Exception {
        start();
        observer.catchUp();
        unreachable = Address.apply("pekko", "sampo", "127.0.0.1", 1);
        var deletion = other.client.submit(
                new ControllerCommand.DeleteTopics(new DeleteTopicsRequestData().setTopicNames(List.of("t"))));
        CompletableFuture<CreateTopicsResponseData> created = create("t");
        ExecutionException e = assertThrows(ExecutionException.class, () -> get(deletion));
        assertInstanceOf(NotControllerException.class, e.getCause());
        assertTrue(e.toString().contains("outcome"), e.toString());
        unreachable = null;
        eventually("it is told again", () -> leader.publisher.image().topic("t") != null);
        observer.catchUp();
        assertEquals(Errors.NONE, error(get(created)));
    }

    /// The answer of the creation of very many topics is larger than a message may be.
    @Test
    void manyTopicsAtOnceFitIntoMessages() throws Exception {
        start();
        observer.catchUp();
        CreateTopicsRequestData request = new CreateTopicsRequestData();
        for (int i = 0; i < 1000; i++) {
            request.topics()
                    .add(new CreatableTopic()
                            .setName("topic-" + i)
                            .setNumPartitions(1)
                            .setReplicationFactor((short) 1));
        }
        List<Uuid> ids =
                java.util.stream.Stream.generate(Uuid::randomUuid).limit(1000).toList();
        CompletableFuture<CreateTopicsResponseData> created = other.client
                .submit(new ControllerCommand.CreateTopics(request, ids))
                .toCompletableFuture();
        eventually("all are committed", () -> leader.publisher.image().topics().size() == 1000);
        observer.catchUp();
        CreateTopicsResponseData response = get(created);
        assertEquals(1000, response.topics().size());
        response.topics().forEach(topic -> assertTrue(topic.configs().size() > 20));
    }
}
