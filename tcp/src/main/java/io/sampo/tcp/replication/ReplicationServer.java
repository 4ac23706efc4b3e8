package io.sampo.tcp.replication;

import io.sampo.tcp.connection.AcceptStage;
import io.sampo.tcp.loop.LoopConfig;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.pekko.actor.ClassicActorSystemProvider;
import org.apache.pekko.stream.ActorAttributes;
import org.apache.pekko.stream.KillSwitches;
import org.apache.pekko.stream.SystemMaterializer;
import org.apache.pekko.stream.UniqueKillSwitch;
import org.apache.pekko.stream.javadsl.Keep;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/// The internal listener: takes the connections of other nodes. Nobody is asked for a password here; it must not be
/// reachable from outside.
///
/// Thread rule: any thread.
public final class ReplicationServer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ReplicationServer.class);

    private final ReplicationConnections connections;
    private final InetSocketAddress address;
    private final UniqueKillSwitch acceptor;
    private final AtomicInteger open = new AtomicInteger();
    private final Set<ReplicationLink> links = ConcurrentHashMap.newKeySet();
    private final RareLog refusals = new RareLog(log, Level.WARN);
    private volatile boolean closed;

    private ReplicationServer(
            ClassicActorSystemProvider system, ReplicationConnections connections, ServerSocketChannel socket)
            throws IOException {
        this.connections = connections;
        this.address = (InetSocketAddress) socket.getLocalAddress();
        this.acceptor = Source.fromGraph(new AcceptStage(socket))
                .viaMat(KillSwitches.single(), Keep.right())
                .to(Sink.foreach(this::serve))
                .addAttributes(ActorAttributes.dispatcher(LoopConfig.dispatcherId(0)))
                .run(SystemMaterializer.get(system).materializer());
    }

    /// Binds at once. What comes in goes to the receiver of `connections`, and so do answers to it.
    ///
    /// @param host "" for every address
    /// @param port 0 for a free one
    public static ReplicationServer start(
            ClassicActorSystemProvider system, String host, int port, ReplicationConnections connections)
            throws IOException {
        InetSocketAddress wanted = host.isEmpty() ? new InetSocketAddress(port) : new InetSocketAddress(host, port);
        if (wanted.isUnresolved()) {
            throw new BindException("replication listener: unknown host " + host);
        }
        ServerSocketChannel socket = ServerSocketChannel.open();
        try {
            socket.configureBlocking(false);
            socket.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            socket.bind(wanted);
            return new ReplicationServer(system, connections, socket);
        } catch (IOException | RuntimeException e) {
            socket.close();
            BindException named = new BindException("replication listener on " + wanted + ": " + e.getMessage());
            named.initCause(e);
            throw named;
        }
    }

    /// With the actual port.
    public InetSocketAddress address() {
        return address;
    }

    public int connectionCount() {
        return open.get();
    }

    /// Accepts no more and ends what was accepted.
    @Override
    public void close() {
        closed = true;
        acceptor.shutdown();
        links.forEach(link -> link.close("the listener is closed"));
    }

    private void serve(SocketChannel socket) {
        int max = connections.settings().maxConnections();
        if (closed || open.incrementAndGet() > max) {
            if (!closed) {
                open.decrementAndGet();
                refusals.line("Refused a replication connection: " + max + " are open");
            }
            ReplicationConnections.closeQuietly(socket);
            return;
        }
        AcceptedLink accepted = new AcceptedLink();
        try {
            InetSocketAddress remote = (InetSocketAddress) socket.getRemoteAddress();
            InetSocketAddress local = (InetSocketAddress) socket.getLocalAddress();
            accepted.is(connections.serve(
                    socket, remote, local, connections.new Accepted(remote, refusals, accepted::ended)));
        } catch (IOException | RuntimeException e) {
            log.info("A replication connection ended while it was accepted: {}", e.toString());
            ReplicationConnections.closeQuietly(socket);
            accepted.ended();
        }
    }

    /// Counts until it has ended, which may be before it is known here.
    private final class AcceptedLink {
        private @Nullable ReplicationLink link;
        private boolean ended;

        synchronized void is(ReplicationLink begun) {
            link = begun;
            if (!ended) {
                links.add(begun);
                if (closed) {
                    begun.close("the listener is closed");
                }
            }
        }

        synchronized void ended() {
            if (!ended) {
                ended = true;
                open.decrementAndGet();
                if (link != null) {
                    links.remove(link);
                }
            }
        }
    }
}
