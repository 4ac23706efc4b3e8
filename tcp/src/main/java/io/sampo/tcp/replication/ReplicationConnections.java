package io.sampo.tcp.replication;

import io.sampo.core.partition.Invariant;
import io.sampo.core.partition.ReplicaEnvelope;
import io.sampo.core.partition.ReplicaTransport;
import io.sampo.tcp.connection.BufferPool;
import io.sampo.tcp.connection.Connection;
import io.sampo.tcp.connection.MemoryBudget;
import io.sampo.tcp.connection.SocketSettings;
import io.sampo.tcp.connection.SocketStage;
import io.sampo.tcp.connection.Transports;
import io.sampo.tcp.loop.LoopConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.actor.ClassicActorSystemProvider;
import org.apache.pekko.dispatch.Dispatchers;
import org.apache.pekko.stream.ActorAttributes;
import org.apache.pekko.stream.Materializer;
import org.apache.pekko.stream.SystemMaterializer;
import org.apache.pekko.stream.javadsl.Flow;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The connections of this node to and from all others. A node dials when it first has something to ask; from then
/// on
/// it keeps the connection, also through losses, until the other is not listed any more. Requests go over the
/// dialled
/// connection, answers ([io.sampo.core.partition.ReplicaMessage.TailMessage]) over the one on which the other node
/// asks;
/// without one they are dropped.
///
/// Each connection lives on one event loop, on which it calls the receiver.
///
/// Thread rule: any thread.
public final class ReplicationConnections implements ReplicaTransport, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ReplicationConnections.class);
    private static final long MAX_POOLED_BYTES = 32L * 1024 * 1024;
    private static final String LISTENER = "replication";

    private final ActorSystem system;
    private final Materializer materializer;
    private final ReplicationIdentity self;
    private final Receiver receiver;
    private final ConnectionListener listener;
    private final ReplicationSocketSettings settings;
    private final SocketSettings socketSettings;
    private final ReplicationCounters counters = new ReplicationCounters();
    private final BufferPool pool;
    private final MemoryBudget budget;
    private final Map<Integer, Peer> peers = new ConcurrentHashMap<>();
    private final AtomicLong nextConnectionId = new AtomicLong();
    private final AtomicInteger nextLoop = new AtomicInteger();
    private final int loops;
    private volatile boolean closed;

    /// @param systemProvider configured with [LoopConfig#render]
    /// @param receiver of all that comes in, over accepted and dialled connections
    public ReplicationConnections(
            ClassicActorSystemProvider systemProvider,
            ReplicationIdentity self,
            Receiver receiver,
            ConnectionListener listener,
            ReplicationSocketSettings settings) {
        this.system = systemProvider.classicSystem();
        this.materializer = SystemMaterializer.get(system).materializer();
        this.self = self;
        this.receiver = receiver;
        this.listener = listener;
        this.settings = settings;
        this.socketSettings = socketSettings(settings);
        this.pool = new BufferPool(Math.min(MAX_POOLED_BYTES, settings.receiveMemoryBytes()));
        this.budget = new MemoryBudget(settings.receiveMemoryBytes());
        this.loops = system.settings().config().getInt(LoopConfig.LOOPS);
    }

    /// @param addresses of the replication listeners of all nodes, this one's is ignored. An unresolved address is
    ///     looked
    ///     up anew with each attempt. What is there for a node that is missing is closed
    public void nodesChanged(Map<Integer, InetSocketAddress> addresses) {
        if (closed) {
            return;
        }
        for (Peer peer : peers.values()) {
            if (!addresses.containsKey(peer.nodeId())) {
                peer.address(null);
                forgetIfUnused(peer.nodeId());
            }
        }
        addresses.forEach((nodeId, address) -> {
            if (nodeId != self.nodeId()) {
                change(nodeId, Peer::list).address(address);
            }
        });
    }

    @Override
    public void send(ReplicaEnvelope envelope) {
        Peer peer = peers.get(envelope.to().nodeId());
        if (peer == null) {
            counters.droppedUnconnected.increment();
        } else {
            peer.send(envelope);
        }
    }

    /// Of the connection for answers; true when there is none: then there is nothing to wait for.
    @Override
    public boolean hasRoom(int nodeId) {
        ReplicationLink link = answering(nodeId);
        return link == null || link.hasRoom();
    }

    @Override
    public void whenRoom(int nodeId, Runnable resume) {
        ReplicationLink link = answering(nodeId);
        if (link == null) {
            resume.run();
        } else {
            link.whenRoom(resume);
        }
    }

    public ReplicationCounters counters() {
        return counters;
    }

    /// Memory of frames that have begun to arrive.
    public long receiveMemoryInUse() {
        return budget.usedBytes();
    }

    /// Ends all connections; nothing is dialled any more.
    @Override
    public void close() {
        closed = true;
        peers.values().forEach(Peer::close);
    }

    ReplicationIdentity self() {
        return self;
    }

    ReplicationSocketSettings settings() {
        return settings;
    }

    private @Nullable ReplicationLink answering(int nodeId) {
        Peer peer = peers.get(nodeId);
        return peer == null ? null : peer.answering();
    }

    /// The peer, made if need be; nobody forgets it while `change` runs.
    private Peer change(int nodeId, Consumer<Peer> change) {
        return Invariant.present(
                peers.compute(nodeId, (id, known) -> {
                    Peer peer = known == null ? new Peer(id, settings, counters, listener, new Dialled()) : known;
                    change.accept(peer);
                    return peer;
                }),
                "peer");
    }

    /// Node ids that strangers make up are not kept.
    private void forgetIfUnused(int nodeId) {
        peers.computeIfPresent(nodeId, (_, peer) -> peer.isUnused() ? null : peer);
    }

    int knownNodes() {
        return peers.size();
    }

    private int nextLoop() {
        return Math.floorMod(nextLoop.getAndIncrement(), loops);
    }

    private static SocketSettings socketSettings(ReplicationSocketSettings settings) {
        SocketSettings defaults = SocketSettings.defaults();
        return new SocketSettings(
                settings.maxFrameBytes(),
                settings.receiveMemoryBytes(),
                settings.maxConnections(),
                settings.maxConnections(),
                defaults.connectionsMaxIdleMs(),
                Handshake.MAX_BYTES,
                settings.handshakeTimeoutMs(),
                defaults.failedAuthenticationDelayMs(),
                defaults.frameTimeoutMs(),
                defaults.slowReaderTimeoutMs(),
                1,
                defaults.listenBacklog(),
                settings.receiveBufferBytes(),
                settings.sendBufferBytes(),
                SocketSettings.Transport.EVENT_LOOP);
    }

    // ---- beginning -----------------------------------------------------------------------------------------------

    /// Takes over an accepted socket; the caller keeps it when this fails.
    ///
    ReplicationLink serve(SocketChannel socket, InetSocketAddress remote, InetSocketAddress local, Accepted accepted)
            throws IOException {
        ReplicationLink link = new ReplicationLink(self, null, pool, settings, counters, receiver, accepted);
        socket.configureBlocking(false);
        run(link, socket, remote, local);
        return link;
    }

    /// @throws RuntimeException or IOException when it did not come to run: then the socket is the caller's
    private void run(ReplicationLink link, SocketChannel socket, InetSocketAddress remote, InetSocketAddress local)
            throws IOException {
        socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
        socket.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
        if (settings.sendBufferBytes() > 0) {
            socket.setOption(StandardSocketOptions.SO_SNDBUF, settings.sendBufferBytes());
        }
        if (settings.receiveBufferBytes() > 0) {
            socket.setOption(StandardSocketOptions.SO_RCVBUF, settings.receiveBufferBytes());
        }
        // As with SASL, large frames are only for those who have said who they are.
        Connection connection = new Connection(
                nextConnectionId.incrementAndGet(),
                LISTENER,
                SecurityProtocol.SASL_PLAINTEXT,
                remote,
                local,
                socketSettings,
                pool,
                budget,
                link::socketClosed);
        connection.reportedByOwner();
        link.over(connection);
        Flow.fromGraph(new SocketStage(
                        socket,
                        connection,
                        channel -> link.counted(
                                Transports.PLAINTEXT.ioOf(connection).apply(channel))))
                .join(Flow.fromGraph(link))
                .addAttributes(ActorAttributes.dispatcher(LoopConfig.dispatcherId(nextLoop())))
                .run(materializer);
    }

    private void connect(ReplicationLink link, InetSocketAddress address) {
        SocketChannel socket = null;
        try {
            socket = SocketChannel.open();
            socket.configureBlocking(false);
            socket.connect(address);
            run(link, socket, address, address);
        } catch (IOException | RuntimeException e) {
            closeQuietly(socket);
            link.failedToStart(e);
        }
    }

    static void closeQuietly(@Nullable SocketChannel socket) {
        if (socket != null) {
            try {
                socket.close();
            } catch (IOException e) {
                log.debug("closing {} failed", socket, e);
            }
        }
    }

    /// Looks a name up, which may take long, and goes on from there.
    private void resolveAndConnect(ReplicationLink link, InetSocketAddress address) {
        system.dispatchers().lookup(Dispatchers.DefaultBlockingDispatcherId()).execute(() -> {
            try {
                InetAddress resolved = InetAddress.getByName(address.getHostString());
                connect(link, new InetSocketAddress(resolved, address.getPort()));
            } catch (UnknownHostException e) {
                link.failedToStart(new IOException("unknown host " + address.getHostString(), e));
            }
        });
    }

    private final class Dialled implements Peer.Dialling {
        @Override
        public ReplicationLink newLink(Peer peer) {
            return new ReplicationLink(
                    self, peer.nodeId(), pool, settings, counters, receiver, new ReplicationLink.Owner() {
                        @Override
                        public boolean isUp(ReplicationLink link, int nodeId) {
                            return peer.isUp(link);
                        }

                        @Override
                        public void ended(ReplicationLink link) {
                            peer.ended(link);
                        }

                        @Override
                        public void refusedHandshake(ReplicationLink link, String reason) {
                            // Told with the end.
                        }
                    });
        }

        @Override
        public void start(ReplicationLink link, InetSocketAddress address) {
            if (address.isUnresolved()) {
                resolveAndConnect(link, address);
            } else {
                connect(link, address);
            }
        }

        @Override
        public void later(long delayMs, Runnable task) {
            try {
                system.scheduler().scheduleOnce(Duration.ofMillis(delayMs), task, system.dispatcher());
            } catch (IllegalStateException stopped) {
                log.debug("no further attempt: the system stops", stopped);
            }
        }
    }

    /// What becomes of an accepted connection.
    final class Accepted implements ReplicationLink.Owner {
        private final InetSocketAddress remote;
        private final RareLog refusals;
        private final Runnable onEnd;
        private @Nullable Peer peer;

        /// @param onEnd called once, when the connection is closed
        Accepted(InetSocketAddress remote, RareLog refusals, Runnable onEnd) {
            this.remote = remote;
            this.refusals = refusals;
            this.onEnd = onEnd;
        }

        @Override
        public boolean isUp(ReplicationLink link, int nodeId) {
            if (closed) {
                return false;
            }
            peer = change(nodeId, known -> known.accepted(link));
            return true;
        }

        @Override
        public void ended(ReplicationLink link) {
            if (peer != null) {
                peer.acceptedEnded(link);
                forgetIfUnused(peer.nodeId());
            }
            onEnd.run();
        }

        @Override
        public void refusedHandshake(ReplicationLink link, String reason) {
            counters.refusedHandshakes.increment();
            refusals.line("Refused a replication connection from " + remote + ": " + reason);
        }
    }
}
