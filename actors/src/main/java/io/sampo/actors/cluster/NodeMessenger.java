package io.sampo.actors.cluster;

import io.sampo.actors.cluster.ClusterNodes.Node;
import io.sampo.actors.cluster.NodeMessage.Envelopes;
import io.sampo.actors.cluster.NodeMessage.Hello;
import io.sampo.actors.cluster.NodeMessage.LeaderMoved;
import io.sampo.actors.cluster.NodeMessage.Leaders;
import io.sampo.actors.cluster.NodeMessage.LeadersChanged;
import io.sampo.actors.cluster.NodeMessage.MoveLeader;
import io.sampo.actors.cluster.NodeMessage.ReplicasEnded;
import io.sampo.actors.cluster.NodeMessage.Standing;
import io.sampo.actors.cluster.NodeMessage.WantLeaders;
import io.sampo.actors.cluster.NodeMessage.WantStanding;
import io.sampo.actors.partition.EndedReplicas;
import io.sampo.actors.partition.LeaderBoard;
import io.sampo.actors.partition.LeaderDirectory.Transfer;
import io.sampo.core.cluster.NodeHeartbeats;
import io.sampo.core.leadership.ReplicaStanding;
import io.sampo.core.partition.InvalidEnvelopeException;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.ReplicaEnvelopeCodec;
import io.sampo.core.partition.ReplicaInput;
import io.sampo.core.partition.ReplicaTransport;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.pekko.actor.Address;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.ClusterEvent.ClusterDomainEvent;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Subscribe;
import org.jspecify.annotations.Nullable;

/// The one actor of a node that speaks for it to the other nodes: control messages of all its replicas, batched per
/// node pair, who leads what, and where it takes replication connections.
///
/// Reached by its path on every member; nothing here is needed for safety, and all of it may be lost.
public final class NodeMessenger {

    /// Name of the system actor.
    static final String NAME = "sampo-node-messenger";

    /// Replicas that one message names: well below Artery's largest frame (256 KiB).
    private static final int MAX_ENDED = 4_000;

    public sealed interface Command permits NodeMessage, Internal {}

    sealed interface Internal extends Command {}

    private record Flush(int nodeId) implements Internal {}

    private enum Signal implements Internal {
        NEWS,
        TICK,
        MEMBERS_CHANGED
    }

    /// A replica of this node has opened: it wants to know who is alive.
    record Opened(PartitionId id) implements Internal {}

    record ConnectionChanged(int nodeId) implements Internal {}

    /// Nobody listens where the node should.
    record ConnectionRefused(int nodeId) implements Internal {}

    /// This node takes replication connections there.
    record Listening(InetSocketAddress address) implements Internal {}

    /// @param receiver takes what other nodes' replicas say
    /// @param mover moves leadership of a partition that is led here
    /// @param standings what replicas of this node say of themselves
    /// @param replicationChanged is told where other nodes take replication connections, by node id
    /// @param inputs gives replicas of this node an input
    /// @param endedReplicas takes what replicas of this node have ended since it was called before
    /// @param nowMs a clock that never goes back
    /// @param helloInterval how often this node says that it is here
    /// @param lostAfter a node that was not heard for so long is lost
    public record Environment(
            int selfNodeId,
            LeaderBoard board,
            ReplicaTransport.Receiver receiver,
            BiFunction<PartitionId, Integer, CompletionStage<Transfer>> mover,
            Function<PartitionId, CompletionStage<Optional<ReplicaStanding>>> standings,
            Consumer<Map<Integer, InetSocketAddress>> replicationChanged,
            Inputs inputs,
            Supplier<EndedReplicas.Ended> endedReplicas,
            LongSupplier nowMs,
            Duration helloInterval,
            Duration lostAfter) {}

    /// Any thread.
    @FunctionalInterface
    public interface Inputs {
        /// @param id of one replica; null: of all
        void give(@Nullable PartitionId id, ReplicaInput input);
    }

    private final ActorContext<Command> context;
    private final Environment environment;
    private final ClusterNodes nodes;
    private final ControlOutbox outbox;
    private final LeaderNews news;
    private final NodeHeartbeats heartbeats;
    private final UnheardNodes unheard;
    private final long processId = new SecureRandom().nextLong();
    private final Cluster cluster;
    private final Map<Integer, InetSocketAddress> replication = new HashMap<>();
    private Map<Integer, InetSocketAddress> published = Map.of();
    private @Nullable InetSocketAddress listening;

    private NodeMessenger(
            ActorContext<Command> context, Environment environment, ClusterNodes nodes, ControlOutbox outbox) {
        this.context = context;
        // Or lines come under the name of whichever class of Pekko is on the stack, and its level.
        context.setLoggerName(NodeMessenger.class);
        this.environment = environment;
        this.nodes = nodes;
        this.outbox = outbox;
        this.heartbeats = new NodeHeartbeats(environment.lostAfter().toMillis());
        this.unheard = new UnheardNodes(10 * environment.lostAfter().toMillis());
        this.cluster = Cluster.get(context.getSystem());
        ActorRef<Command> self = context.getSelf();
        this.news = new LeaderNews(
                environment.selfNodeId(),
                environment.board(),
                System.currentTimeMillis(),
                () -> self.tell(Signal.NEWS));
    }

    /// Starts the messenger of a node.
    public static MessengerHandle start(ActorSystem<?> system, Environment environment) {
        ClusterNodes nodes = new ClusterNodes();
        LaterRef messenger = new LaterRef();
        ControlOutbox outbox = new ControlOutbox(nodeId -> messenger.tell(new Flush(nodeId)));
        ActorRef<Command> started = system.systemActorOf(create(environment, nodes, outbox), NAME, Props.empty());
        messenger.set(started);
        return new MessengerHandle(started, outbox, nodes, system);
    }

    /// The outbox exists before the actor that empties it; replicas come after both.
    private static final class LaterRef {
        private volatile @Nullable ActorRef<Command> ref;

        void set(ActorRef<Command> started) {
            ref = started;
        }

        void tell(Command command) {
            ActorRef<Command> started = ref;
            if (started != null) {
                started.tell(command);
            }
        }
    }

    private static Behavior<Command> create(Environment environment, ClusterNodes nodes, ControlOutbox outbox) {
        return Behaviors.setup(context -> Behaviors.withTimers(timers -> {
            NodeMessenger messenger = new NodeMessenger(context, environment, nodes, outbox);
            environment.board().listen(messenger.news);
            messenger
                    .cluster
                    .subscriptions()
                    .tell(Subscribe.create(
                            context.messageAdapter(ClusterDomainEvent.class, _ -> Signal.MEMBERS_CHANGED),
                            ClusterDomainEvent.class));
            timers.startTimerWithFixedDelay(Signal.TICK, environment.helloInterval());
            messenger.membersChanged();
            return Behaviors.receiveMessage(messenger::onCommand);
        }));
    }

    /// The messenger of the node at that address.
    static ActorRef<Command> resolve(ActorSystem<?> system, Address address) {
        return ActorRefResolver.get(system).resolveActorRef(address + "/system/" + NAME);
    }

    private Behavior<Command> onCommand(Command command) {
        switch (command) {
            case Flush flush -> outbox.take(flush.nodeId()).forEach(message -> tell(flush.nodeId(), message));
            case Signal signal -> onSignal(signal);
            case Opened opened ->
                heartbeats
                        .alive()
                        .forEach(node -> environment.inputs().give(opened.id(), new ReplicaInput.NodeAlive(node)));
            case ConnectionChanged changed -> tellReplicas(heartbeats.connectionChanged(changed.nodeId()));
            case ConnectionRefused refused -> {
                List<NodeHeartbeats.Event> events = heartbeats.gone(refused.nodeId());
                if (!events.isEmpty()) {
                    context.getLog().info("The process of node {} has ended", refused.nodeId());
                    news.lost(refused.nodeId());
                    tellReplicas(events);
                }
            }
            case Listening here -> {
                listening = here.address();
                sayHello();
            }
            case Hello hello -> hello(hello);
            case ReplicasEnded ended -> ended(ended);
            case Envelopes envelopes -> envelopes.envelopes().forEach(this::receive);
            case WantLeaders want -> news.all().forEach(part -> tell(want.nodeId(), part));
            case LeadersChanged changed -> {
                if (!news.heard(changed)) {
                    askForLeaders(changed.nodeId());
                }
            }
            case Leaders all -> news.heard(all);
            case MoveLeader move ->
                environment
                        .mover()
                        .apply(move.id(), move.targetNodeId())
                        .thenAccept(
                                transfer -> move.replyTo().tell(new LeaderMoved(transfer.moved(), transfer.reason())));
            case WantStanding want ->
                environment
                        .standings()
                        .apply(want.id())
                        .thenAccept(standing -> want.replyTo().tell(new Standing(standing)));
        }
        return Behaviors.same();
    }

    private void onSignal(Signal signal) {
        switch (signal) {
            case NEWS -> news.take().forEach(this::tellAll);
            case TICK -> {
                tellReplicas(heartbeats.tick(environment.nowMs().getAsLong()));
                sayHello();
                warnOfUnheard();
            }
            case MEMBERS_CHANGED -> membersChanged();
        }
    }

    // ---- members ---------------------------------------------------------------------------------------------

    private void membersChanged() {
        Map<Integer, Node> before = nodes.all();
        Map<Integer, Node> now = ClusterNodes.of(cluster.state(), replication);
        nodes.replace(now);
        ClusterNodes.lost(before, now).stream()
                .filter(node -> node != environment.selfNodeId())
                .forEach(news::lost);
        new MembershipLog(context.getLog(), environment.selfNodeId()).changed(before, now);
        if (!now.keySet().equals(before.keySet())) {
            sayHello();
        }
    }

    private void sayHello() {
        InetSocketAddress here = listening;
        if (here != null) {
            EndedReplicas.Ended ended = environment.endedReplicas().get();
            for (int from = 0; from < ended.ids().size(); from += MAX_ENDED) {
                int to = Math.min(ended.ids().size(), from + MAX_ENDED);
                tellAll(new ReplicasEnded(
                        environment.selfNodeId(),
                        processId,
                        ended.before() + from,
                        ended.ids().subList(from, to)));
            }
            tellAll(new Hello(
                    environment.selfNodeId(),
                    here.getHostString(),
                    here.getPort(),
                    news.version(),
                    processId,
                    ended.total(),
                    heartbeats.hears(environment.nowMs().getAsLong())));
        }
    }

    private void warnOfUnheard() {
        Set<Integer> others = nodes.live();
        others.remove(environment.selfNodeId());
        for (int node :
                unheard.overdue(others, heartbeats.alive(), environment.nowMs().getAsLong())) {
            context.getLog()
                    .warn(
                            "Messages between this node and node {} do not pass both ways, though the cluster's heartbeats do;"
                                    + " votes take the replication connections meanwhile",
                            node);
        }
    }

    private void hello(Hello hello) {
        InetSocketAddress address =
                InetSocketAddress.createUnresolved(hello.replicationHost(), hello.replicationPort());
        if (!address.equals(replication.put(hello.nodeId(), address))) {
            membersChanged();
            published = Map.copyOf(replication);
            environment.replicationChanged().accept(published);
        }
        Long heard = hello.hears().get(environment.selfNodeId());
        tellReplicas(heartbeats.heard(
                hello.nodeId(),
                hello.processId(),
                hello.replicaEnds(),
                heard != null && heard == processId,
                environment.nowMs().getAsLong()));
        if (nodes.isReachable(hello.nodeId()) && !news.isUpToDate(hello.nodeId(), hello.leadersVersion())) {
            askForLeaders(hello.nodeId());
        }
    }

    private void tellReplicas(List<NodeHeartbeats.Event> events) {
        if (!events.isEmpty()) {
            // First: what the replicas say to it takes the way that is open now.
            nodes.hearing(heartbeats.alive());
        }
        for (NodeHeartbeats.Event event : events) {
            environment
                    .inputs()
                    .give(
                            null,
                            switch (event) {
                                case NodeHeartbeats.Event.Alive alive -> new ReplicaInput.NodeAlive(alive.nodeId());
                                case NodeHeartbeats.Event.Lost lost -> new ReplicaInput.NodeLost(lost.nodeId());
                            });
        }
    }

    /// A replica that rests relies on the other one: it asks again.
    private void ended(ReplicasEnded ended) {
        if (heartbeats.ended(
                ended.nodeId(), ended.processId(), ended.before(), ended.ids().size())) {
            for (PartitionId id : ended.ids()) {
                environment.inputs().give(id, new ReplicaInput.NodeLost(ended.nodeId()));
                environment.inputs().give(id, new ReplicaInput.NodeAlive(ended.nodeId()));
            }
        }
    }

    private void askForLeaders(int nodeId) {
        tell(nodeId, new WantLeaders(environment.selfNodeId()));
    }

    // ---- messages --------------------------------------------------------------------------------------------

    private void tellAll(NodeMessage message) {
        for (Node node : nodes.all().values()) {
            if (node.nodeId() != environment.selfNodeId()) {
                tell(node.nodeId(), message);
            }
        }
    }

    private void tell(int nodeId, NodeMessage message) {
        Node node = nodes.all().get(nodeId);
        if (node != null && nodeId != environment.selfNodeId()) {
            resolve(context.getSystem(), node.address()).tell(message);
        }
    }

    private void receive(byte[] bytes) {
        try {
            environment.receiver().received(ReplicaEnvelopeCodec.decode(bytes));
        } catch (InvalidEnvelopeException malformed) {
            context.getLog().error("a message between replicas cannot be read: {}", Objects.toString(malformed));
        }
    }
}
