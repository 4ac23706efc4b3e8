package io.sampo.actors.bootstrap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.ConfigFactory;
import io.sampo.core.cluster.BootstrapMessage.NodeIdAnswer;
import io.sampo.core.cluster.BootstrapSettings;
import io.sampo.core.cluster.BootstrapState;
import io.sampo.core.cluster.Genesis;
import io.sampo.core.cluster.NodeAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.apache.kafka.common.Uuid;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Actor systems in this JVM that found and join clusters over sockets.
@Timeout(120)
class BootstrapTest {
    private static final String HOST = "127.0.0.1";

    private final List<Node> running = new ArrayList<>();

    /// A node's disk, and the actor system over it while it runs.
    private final class Node {
        final NodeAddress address;
        final int nodeId;
        final Uuid nodeUuid = Uuid.randomUuid();
        Uuid directoryId = Uuid.randomUuid();
        volatile BootstrapState disk = BootstrapState.Blank.INSTANCE;
        private @Nullable ActorSystem<Void> system;
        private @Nullable Bootstrap bootstrap;

        Node(int nodeId) throws IOException {
            this.nodeId = nodeId;
            try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getByName(HOST))) {
                this.address = new NodeAddress(HOST, free.getLocalPort());
            }
        }

        Node start(List<NodeAddress> list) {
            ActorSystem<Void> started = ActorSystem.create(
                    Behaviors.empty(),
                    "sampo",
                    ConfigFactory.parseString("pekko.remote.artery.canonical { hostname = \"" + HOST + "\", port = "
                                    + address.port() + " }")
                            .withFallback(ConfigFactory.parseResources("sampo-actors.conf"))
                            .withFallback(ConfigFactory.load())
                            .resolve());
            system = started;
            running.add(this);
            bootstrap = Bootstrap.start(
                    started,
                    new Bootstrap.Setup(
                            BootstrapSettings.DEFAULTS,
                            new Genesis.Voter(nodeId, nodeUuid, directoryId, HOST, address.port()),
                            list,
                            List.of(),
                            disk,
                            new Bootstrap.Surroundings(
                                    state -> disk = state,
                                    _ -> {},
                                    () -> true,
                                    _ -> CompletableFuture.completedFuture(new NodeIdAnswer(7, "")),
                                    _ -> {})));
            return this;
        }

        Bootstrap bootstrap() {
            return Objects.requireNonNull(bootstrap);
        }

        Genesis cluster() throws Exception {
            return bootstrap().cluster().toCompletableFuture().get(30, TimeUnit.SECONDS);
        }

        int members() {
            int count = 0;
            for (var member :
                    Cluster.get(Objects.requireNonNull(system)).state().getMembers()) {
                count += member.status().equals(MemberStatus.up()) ? 1 : 0;
            }
            return count;
        }

        void stop() throws Exception {
            running.remove(this);
            ActorSystem<Void> ending = Objects.requireNonNull(system);
            ending.terminate();
            ending.getWhenTerminated().toCompletableFuture().get(30, TimeUnit.SECONDS);
        }
    }

    @AfterEach
    void stopAll() throws Exception {
        for (Node node : List.copyOf(running)) {
            node.stop();
        }
    }

    @Test
    void threeNodesAgreeOnOneGenesisAndAreOneClusterAlsoAfterAFullStopAndAnEmptyDisk() throws Exception {
        List<Node> nodes = List.of(new Node(1), new Node(2), new Node(3));
        List<NodeAddress> list = nodes.stream().map(node -> node.address).toList();
        nodes.forEach(node -> node.start(list));
        Genesis genesis = nodes.getFirst().cluster();
        for (Node node : nodes) {
            assertEquals(genesis, node.cluster());
            assertEquals(new BootstrapState.Member(genesis), node.disk);
            eventually(() -> node.members() == 3);
        }
        assertEquals(list, genesis.addresses());

        Node wiped = nodes.get(1);
        wiped.stop();
        wiped.disk = BootstrapState.Blank.INSTANCE;
        wiped.directoryId = Uuid.randomUuid();
        wiped.start(list);
        assertEquals(genesis, wiped.cluster());
        eventually(() -> wiped.members() == 3);

        stopAll();
        nodes.forEach(node -> node.start(list));
        for (Node node : nodes) {
            assertEquals(genesis, node.cluster());
            eventually(() -> node.members() == 3);
        }
    }

    @Test
    void aNodeThatWasAloneIsJoinedByOthersAndGivesThemIds() throws Exception {
        Node alone = new Node(1).start(List.of());
        Genesis genesis = alone.cluster();
        eventually(() -> alone.members() == 1);
        Node asking = new Node(Genesis.Voter.UNASSIGNED).start(List.of(alone.address));
        Node joining = new Node(2).start(List.of(alone.address));

        assertEquals(7, asking.bootstrap().nodeId().toCompletableFuture().get(30, TimeUnit.SECONDS));
        assertEquals(genesis, joining.cluster());
        eventually(() -> joining.members() == 2 && alone.members() == 2);
    }

    @Test
    void aNodeOfAnotherClusterIsRefused() throws Exception {
        Node first = new Node(1).start(List.of());
        first.cluster();
        Node other = new Node(2);
        other.start(List.of()).cluster();
        other.stop();
        other.start(List.of(first.address));

        ExecutionException refused = assertThrows(ExecutionException.class, other::cluster);

        BootstrapRefused reason = assertInstanceOf(BootstrapRefused.class, refused.getCause());
        assertTrue(String.valueOf(reason.getMessage()).startsWith("INCONSISTENT_CLUSTER_ID"));
    }

    private static void eventually(BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() - deadline < 0, "not within 30 s");
            TimeUnit.MILLISECONDS.sleep(10);
        }
    }
}
