package io.sampo.streams.connection;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.pekko.actor.ActorSystem;
import org.jspecify.annotations.Nullable;

/// The cluster over TCP. Connections are made when they are needed: to a node one for requests that are answered at
/// once, one for batches, and one for each request at a time that a broker may hold; see [Lane]. None of them has a
/// thread, except for a virtual one while it is being made.
///
/// Thread rule: any thread.
public final class ClusterConnections implements Cluster, AutoCloseable {

    private final ConnectionSettings settings;
    private final Timers timers;
    private final NodeLink.Context context;
    private final AutoCloseable ownedConnector;
    private final AnyNode.Reach reach;
    private final MetadataRefresh metadata;
    private final Map<NodeChoice.Target, NodeLinks> links = new HashMap<>();
    private final Set<AnyNode> searches = ConcurrentHashMap.newKeySet();
    private boolean closed;

    /// @param ownedConnector closed with this
    ClusterConnections(
            ConnectionSettings settings, Timers timers, Wire.Connector connector, AutoCloseable ownedConnector) {
        this.settings = settings;
        this.timers = timers;
        Executor threads = task -> Thread.ofVirtual().name("sampo-connect").start(task);
        this.context = new NodeLink.Context(connector, threads, timers, settings);
        this.ownedConnector = ownedConnector;
        this.reach = new AnyNode.Reach(this::nodes, this::bootstrap, this::linksTo);
        this.metadata =
                new MetadataRefresh(question -> sendToAny(question, settings.requestTimeoutMs()), timers, settings);
    }

    /// Nothing is connected yet: the first request does that.
    ///
    /// @param system with event loops, as [ClientSystem] makes one; stays the caller's
    /// @throws org.apache.kafka.common.KafkaException for security settings that cannot work
    public static ClusterConnections open(ActorSystem system, ConnectionSettings settings) {
        Timers timers = Timers.of(system, () -> ThreadLocalRandom.current().nextDouble());
        SocketConnector connector = new SocketConnector(system, settings, timers);
        return new ClusterConnections(settings, timers, connector, connector);
    }

    public ConnectionSettings settings() {
        return settings;
    }

    /// The clock and the timers that the connections use.
    public Timers timers() {
        return timers;
    }

    @Override
    public ClusterView view() {
        return metadata.view();
    }

    @Override
    public CompletionStage<ClusterView> refresh(Set<String> topics) {
        return metadata.refresh(topics).thenApply(view -> {
            forgetOldAddresses(view);
            return view;
        });
    }

    @Override
    public void use(Collection<String> topics) {
        metadata.use(topics);
    }

    /// A node that is not known is looked for once, as it may have joined a moment ago. Produce with acks=0 is answered
    /// by an empty response when the socket has taken it.
    @Override
    public CompletionStage<Answer> send(int nodeId, AbstractRequest.Builder<?> request, long timeoutMs) {
        NodeCall call = new NodeCall(request, timeoutMs, timers.nowMs());
        send(nodeId, call, Lane.of(request.apiKey()));
        return call.answer();
    }

    @Override
    public CompletionStage<Answer> sendToAny(AbstractRequest.Builder<?> request, long timeoutMs) {
        NodeChoice choice =
                new NodeChoice(settings.rebootstrap(), bound -> Math.min(bound - 1, (int) (timers.random() * bound)));
        AnyNode search = new AnyNode(reach, choice, timers, settings.retry(), request, timeoutMs);
        searches.add(search);
        CompletionStage<Answer> answer = search.send().whenComplete((_, _) -> searches.remove(search));
        if (isClosed()) {
            search.close();
        }
        return answer;
    }

    @Override
    public CompletionStage<Short> version(int nodeId, ApiKeys api) {
        NodeCall call = new NodeCall(null, settings.requestTimeoutMs(), timers.nowMs());
        send(nodeId, call, Lane.CONTROL);
        return call.versions().thenApply(versions -> versions.highest(api));
    }

    private void send(int nodeId, NodeCall call, Lane lane) {
        NodeChoice.Target target = new NodeChoice.Target.ById(nodeId);
        if (view().nodes().containsKey(nodeId)) {
            linksTo(target).send(call, lane);
            return;
        }
        var _ = refresh(Set.of()).whenComplete((view, failure) -> {
            if (failure != null) {
                call.fail(Failures.cause(failure));
            } else if (!view.nodes().containsKey(nodeId)) {
                call.fail(new UnreachableException("no node " + nodeId + " in the metadata"));
            } else {
                linksTo(target).send(call, lane);
            }
        });
    }

    private List<NodeChoice.Candidate> nodes() {
        List<NodeChoice.Candidate> candidates = new ArrayList<>();
        for (int nodeId : view().nodes().keySet()) {
            NodeChoice.Target target = new NodeChoice.Target.ById(nodeId);
            candidates.add(linksTo(target).candidate(target));
        }
        return candidates;
    }

    private List<NodeChoice.Candidate> bootstrap() {
        List<NodeChoice.Candidate> candidates = new ArrayList<>();
        for (Endpoint endpoint : settings.bootstrap()) {
            NodeChoice.Target target = new NodeChoice.Target.Bootstrap(endpoint);
            candidates.add(linksTo(target).candidate(target));
        }
        return candidates;
    }

    /// Made when they are asked for. A node that has moved to another address gets new ones.
    private NodeLinks linksTo(NodeChoice.Target target) {
        @Nullable NodeLinks moved = null;
        NodeLinks current;
        synchronized (links) {
            NodeLinks existing = links.get(target);
            Endpoint endpoint = endpointOf(target, existing);
            if (existing != null && existing.endpoint().equals(endpoint)) {
                return existing;
            }
            moved = existing;
            current = new NodeLinks(context, endpoint);
            links.put(target, current);
            if (closed) {
                current.close();
            }
        }
        if (moved != null) {
            moved.close();
        }
        return current;
    }

    private Endpoint endpointOf(NodeChoice.Target target, @Nullable NodeLinks existing) {
        return switch (target) {
            case NodeChoice.Target.Bootstrap bootstrap -> bootstrap.endpoint();
            case NodeChoice.Target.ById byId -> {
                ClusterView.Node node = view().nodes().get(byId.nodeId());
                if (node == null && existing != null) {
                    yield existing.endpoint();
                }
                // Gone between the question and now: port 0 is nowhere.
                yield node == null ? new Endpoint("", 0) : new Endpoint(node.host(), node.port());
            }
        };
    }

    /// Connections that lead to a node's former address end now; those to nodes that are gone, and to bootstrap
    /// addresses, when nothing is in flight on them.
    private void forgetOldAddresses(ClusterView view) {
        List<NodeLinks> old = new ArrayList<>();
        synchronized (links) {
            links.entrySet().removeIf(entry -> {
                boolean remove = switch (entry.getKey()) {
                    case NodeChoice.Target.Bootstrap _ -> entry.getValue().busy() == 0;
                    case NodeChoice.Target.ById byId -> {
                        ClusterView.Node node = view.nodes().get(byId.nodeId());
                        yield node == null
                                ? entry.getValue().busy() == 0
                                : !entry.getValue().endpoint().equals(new Endpoint(node.host(), node.port()));
                    }
                };
                if (remove) {
                    old.add(entry.getValue());
                }
                return remove;
            });
        }
        old.forEach(NodeLinks::close);
    }

    private boolean isClosed() {
        synchronized (links) {
            return closed;
        }
    }

    /// Connections that are established now.
    public int connectionCount() {
        synchronized (links) {
            return links.values().stream().mapToInt(NodeLinks::connections).sum();
        }
    }

    /// Fails all that has no answer, and all that comes later; closes every socket. Answers that were given stay valid
    /// until they are closed.
    @Override
    public void close() {
        List<NodeLinks> all;
        synchronized (links) {
            closed = true;
            all = new ArrayList<>(links.values());
        }
        metadata.close();
        searches.forEach(AnyNode::close);
        all.forEach(NodeLinks::close);
        try {
            ownedConnector.close();
        } catch (Exception e) {
            throw new IllegalStateException("closing the connections failed", e);
        }
    }
}
