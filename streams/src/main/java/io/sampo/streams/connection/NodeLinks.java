package io.sampo.streams.connection;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// All connections to one address, by lane. Each is made when it is needed.
///
/// Thread rule: any thread.
final class NodeLinks implements AutoCloseable {

    private final NodeLink.Context context;
    private final Endpoint endpoint;
    private final NodeLink control;
    private final NodeLink produce;
    private final List<NodeLink> waiting = new ArrayList<>();
    private boolean closed;

    NodeLinks(NodeLink.Context context, Endpoint endpoint) {
        this.context = context;
        this.endpoint = endpoint;
        this.control = new NodeLink(context, endpoint, Lane.CONTROL);
        this.produce = new NodeLink(context, endpoint, Lane.PRODUCE);
    }

    Endpoint endpoint() {
        return endpoint;
    }

    /// The call ends by itself, with an answer or a failure.
    void send(NodeCall call, Lane lane) {
        NodeLink link = switch (lane) {
            case CONTROL -> offerTo(control, call);
            case PRODUCE -> offerTo(produce, call);
            case WAITING -> offerToUnused(call);
        };
        link.advance();
    }

    private static NodeLink offerTo(NodeLink link, NodeCall call) {
        var _ = link.offer(call, false);
        return link;
    }

    /// A connection that nobody waits for; a new one, as long as there may be more; else the one with least to do.
    private synchronized NodeLink offerToUnused(NodeCall call) {
        for (NodeLink link : waiting) {
            if (link.offer(call, true)) {
                return link;
            }
        }
        NodeLink link;
        if (waiting.isEmpty() || waiting.size() + 2 < context.settings().maxConnectionsPerNode()) {
            link = new NodeLink(context, endpoint, Lane.WAITING);
            waiting.add(link);
            if (closed) {
                link.close();
            }
        } else {
            link = waiting.stream().min(Comparator.comparingInt(NodeLink::busy)).orElseThrow();
        }
        return offerTo(link, call);
    }

    /// As the choice between nodes sees it.
    NodeChoice.Candidate candidate(NodeChoice.Target target) {
        return new NodeChoice.Candidate(target, control.isReady(), busy(), control.waitMs());
    }

    /// Requests without an answer.
    int busy() {
        return all().stream().mapToInt(NodeLink::busy).sum();
    }

    /// Connections that are established.
    int connections() {
        return (int) all().stream().filter(NodeLink::isReady).count();
    }

    private synchronized List<NodeLink> all() {
        List<NodeLink> links = new ArrayList<>(waiting);
        links.add(control);
        links.add(produce);
        return links;
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
        all().forEach(NodeLink::close);
    }
}
