package io.sampo.actors.cluster;

import io.sampo.actors.cluster.ClusterNodes.Node;
import io.sampo.actors.cluster.NodeMessage.LeaderMoved;
import io.sampo.actors.cluster.NodeMessage.MoveLeader;
import io.sampo.actors.cluster.NodeMessage.Standing;
import io.sampo.actors.cluster.NodeMessage.WantStanding;
import io.sampo.actors.partition.LeaderDirectory.Transfer;
import io.sampo.core.leadership.ReplicaStanding;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.ReplicaEnvelope;
import io.sampo.core.partition.ReplicaTransport;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.AskPattern;

/// The [NodeMessenger] as the rest of its node knows it: what goes to other nodes, and what the messenger is told.
///
/// Thread rule: any thread.
public final class MessengerHandle {
    private final ActorRef<NodeMessenger.Command> messenger;
    private final ControlOutbox outbox;
    private final ClusterNodes nodes;
    private final ActorSystem<?> system;

    MessengerHandle(
            ActorRef<NodeMessenger.Command> messenger,
            ControlOutbox outbox,
            ClusterNodes nodes,
            ActorSystem<?> system) {
        this.messenger = messenger;
        this.outbox = outbox;
        this.nodes = nodes;
        this.system = system;
    }

    public ClusterNodes nodes() {
        return nodes;
    }

    /// Control messages only: small ones.
    public void send(ReplicaEnvelope envelope) {
        outbox.put(envelope);
    }

    public void listening(InetSocketAddress address) {
        messenger.tell(new NodeMessenger.Listening(address));
    }

    /// A replica of this node has opened.
    public void opened(PartitionId id) {
        messenger.tell(new NodeMessenger.Opened(id));
    }

    /// To be told about the connections for records.
    public ReplicaTransport.ConnectionListener connectionListener() {
        return new ReplicaTransport.ConnectionListener() {
            @Override
            public void connected(int nodeId) {
                messenger.tell(new NodeMessenger.ConnectionChanged(nodeId));
            }

            @Override
            public void lost(int nodeId) {
                messenger.tell(new NodeMessenger.ConnectionChanged(nodeId));
            }

            @Override
            public void refused(int nodeId) {
                messenger.tell(new NodeMessenger.ConnectionRefused(nodeId));
            }
        };
    }

    /// Asks a node what its replica of a partition says of itself; empty when it is no member, does not answer
    /// in time,
    /// or runs none.
    public CompletionStage<Optional<ReplicaStanding>> standing(int nodeId, PartitionId id, Duration limit) {
        Node node = nodes.node(nodeId).orElse(null);
        if (node == null) {
            return CompletableFuture.completedStage(Optional.empty());
        }
        ActorRef<NodeMessenger.Command> there = NodeMessenger.resolve(system, node.address());
        return AskPattern.<NodeMessenger.Command, Standing>ask(
                        there, replyTo -> new WantStanding(id, replyTo), limit, system.scheduler())
                .handle((said, _) -> said == null ? Optional.empty() : said.standing());
    }

    /// Asks the node that leads a partition to give leadership to another one.
    public CompletionStage<Transfer> move(int leaderNodeId, PartitionId id, int targetNodeId, Duration limit) {
        Node node = nodes.node(leaderNodeId)
                .orElseThrow(() -> new IllegalStateException("node " + leaderNodeId + " is no member"));
        ActorRef<NodeMessenger.Command> leader = NodeMessenger.resolve(system, node.address());
        return AskPattern.<NodeMessenger.Command, LeaderMoved>ask(
                        leader, replyTo -> new MoveLeader(id, targetNodeId, replyTo), limit, system.scheduler())
                .thenApply(moved -> new Transfer(moved.moved(), moved.reason()));
    }
}
