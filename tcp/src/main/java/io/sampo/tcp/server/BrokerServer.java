package io.sampo.tcp.server;

import com.typesafe.config.Config;
import io.sampo.core.api.ApiTable;
import io.sampo.core.api.ScramCredentials;
import io.sampo.tcp.connection.AcceptStage;
import io.sampo.tcp.connection.BufferPool;
import io.sampo.tcp.connection.Connection;
import io.sampo.tcp.connection.MemoryBudget;
import io.sampo.tcp.connection.PekkoTransport;
import io.sampo.tcp.connection.RequestStage;
import io.sampo.tcp.connection.SocketSettings;
import io.sampo.tcp.connection.SocketStage;
import io.sampo.tcp.loop.LoopConfig;
import io.sampo.tcp.security.ListenerSecurity;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.apache.pekko.Done;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.actor.Cancellable;
import org.apache.pekko.actor.ClassicActorSystemProvider;
import org.apache.pekko.stream.ActorAttributes;
import org.apache.pekko.stream.KillSwitches;
import org.apache.pekko.stream.Materializer;
import org.apache.pekko.stream.SystemMaterializer;
import org.apache.pekko.stream.UniqueKillSwitch;
import org.apache.pekko.stream.javadsl.Flow;
import org.apache.pekko.stream.javadsl.Keep;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.stream.javadsl.Tcp;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// All listeners of a node. Binds at once; serves until it is stopped.
///
/// Each connection is one stream on one event loop: the loop with the fewest connections when it was accepted.
///
/// Thread rule: any thread.
public final class BrokerServer {

    private static final Logger log = LoggerFactory.getLogger(BrokerServer.class);
    private static final long LONGEST_WATCH_INTERVAL_MS = 1000;

    private final ActorSystem system;
    private final Materializer materializer;
    private final SocketSettings settings;
    private final ApiTable apis;
    private final Connections connections;
    private final MemoryBudget budget;
    private final BufferPool pool;
    private final AtomicLong nextConnectionId = new AtomicLong();
    private final AtomicIntegerArray connectionsByLoop;
    private final Map<String, InetSocketAddress> boundAddresses = new LinkedHashMap<>();
    private final List<UniqueKillSwitch> acceptors = new ArrayList<>();
    private final Cancellable watch;

    private BrokerServer(ClassicActorSystemProvider systemProvider, SocketSettings settings, ApiTable apis) {
        this.system = systemProvider.classicSystem();
        this.materializer = SystemMaterializer.get(system).materializer();
        this.settings = settings;
        this.apis = apis;
        this.connections = new Connections(ConnectionLimits.of(settings));
        this.budget = new MemoryBudget(settings.queuedMaxRequestBytes());
        this.pool = new BufferPool(Math.min(64L * 1024 * 1024, settings.queuedMaxRequestBytes()));
        Config config = system.settings().config();
        this.connectionsByLoop = new AtomicIntegerArray(config.getInt(LoopConfig.LOOPS));
        Duration interval = Duration.ofMillis(watchIntervalMs(settings));
        this.watch = system.scheduler()
                .scheduleWithFixedDelay(
                        interval, interval, () -> connections.closeOverdue(Connection.nowMs()), system.dispatcher());
    }

    /// Binds every listener.
    ///
    /// @param system configured with [LoopConfig#render]
    /// @param scramCredentials users of SASL/SCRAM listeners
    /// @throws org.apache.kafka.common.KafkaException for security settings that cannot work
    /// @throws IOException when a listener cannot be bound; none is bound then
    public static BrokerServer start(
            ClassicActorSystemProvider system,
            List<ListenerSettings> listeners,
            SocketSettings settings,
            ApiTable apis,
            ScramCredentials scramCredentials)
            throws IOException {
        List<ListenerSecurity> securities = new ArrayList<>();
        for (ListenerSettings listener : listeners) {
            securities.add(ListenerSecurity.of(
                    listener.name(), listener.protocol(), listener.securityConfigs(), scramCredentials));
        }
        BrokerServer server = new BrokerServer(system, settings, apis);
        try {
            for (int i = 0; i < listeners.size(); i++) {
                ListenerSettings listener = listeners.get(i);
                if (overPekko(listener, settings)) {
                    server.bindPekko(listener, securities.get(i));
                } else {
                    server.accept(listener, securities.get(i), server.bind(listener));
                }
            }
        } catch (IOException e) {
            server.watch.cancel();
            server.acceptors.forEach(UniqueKillSwitch::shutdown);
            throw e;
        }
        return server;
    }

    private static boolean overPekko(ListenerSettings listener, SocketSettings settings) {
        return settings.transport() == SocketSettings.Transport.PEKKO
                && (listener.protocol() == SecurityProtocol.PLAINTEXT
                        || listener.protocol() == SecurityProtocol.SASL_PLAINTEXT);
    }

    /// Takes new limits of connections in place of those that it started with.
    public void changeLimits(ConnectionLimits limits) {
        connections.changeLimits(limits);
    }

    /// Listener name to the address it is bound to, with the actual port, in the order of the settings.
    public Map<String, InetSocketAddress> boundAddresses() {
        return Collections.unmodifiableMap(new LinkedHashMap<>(boundAddresses));
    }

    public int connectionCount() {
        return connections.count();
    }

    /// Memory of unanswered requests; `queued.max.request.bytes` bounds it.
    public long requestBytesInUse() {
        return budget.usedBytes();
    }

    /// Stops accepting, lets requests in flight be answered, closes each connection then, and the rest after
    /// `deadline`.
    ///
    /// @return completes when no connection is left
    public CompletionStage<Done> stop(Duration deadline) {
        acceptors.forEach(UniqueKillSwitch::shutdown);
        connections.all().forEach(Connection::drain);
        CompletableFuture<Done> stopped = new CompletableFuture<>();
        long deadlineMs = Connection.nowMs() + deadline.toMillis();
        watch.cancel();
        awaitEmpty(deadlineMs, stopped);
        return stopped;
    }

    private void awaitEmpty(long deadlineMs, CompletableFuture<Done> stopped) {
        if (connections.count() == 0) {
            stopped.complete(Done.getInstance());
            return;
        }
        if (Connection.nowMs() >= deadlineMs) {
            connections.all().forEach(connection -> connection.close("the server stops"));
        } else {
            // Again, as a connection may have been accepted just before the acceptor ended.
            connections.all().forEach(Connection::drain);
        }
        system.scheduler()
                .scheduleOnce(Duration.ofMillis(20), () -> awaitEmpty(deadlineMs, stopped), system.dispatcher());
    }

    private ServerSocketChannel bind(ListenerSettings listener) throws IOException {
        InetSocketAddress address = listener.host().isEmpty()
                ? new InetSocketAddress(listener.port())
                : new InetSocketAddress(listener.host(), listener.port());
        if (address.isUnresolved()) {
            throw new BindException("listener " + listener.name() + ": unknown host " + listener.host());
        }
        ServerSocketChannel socket = ServerSocketChannel.open();
        try {
            socket.configureBlocking(false);
            socket.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            if (settings.receiveBufferBytes() > 0) {
                socket.setOption(StandardSocketOptions.SO_RCVBUF, settings.receiveBufferBytes());
            }
            socket.bind(address, settings.listenBacklog());
        } catch (IOException e) {
            socket.close();
            BindException named =
                    new BindException("listener " + listener.name() + " on " + address + ": " + e.getMessage());
            named.initCause(e);
            throw named;
        }
        boundAddresses.put(listener.name(), (InetSocketAddress) socket.getLocalAddress());
        return socket;
    }

    private void bindPekko(ListenerSettings listener, ListenerSecurity security) throws IOException {
        String host = listener.host().isEmpty() ? "0.0.0.0" : listener.host();
        var bound = Tcp.get(system)
                .bind(host, listener.port(), settings.listenBacklog(), List.of(), false, Optional.empty())
                .viaMat(KillSwitches.single(), Keep.both())
                .to(Sink.foreach(incoming -> servePekko(listener, security, incoming)))
                .run(materializer);
        try {
            boundAddresses.put(
                    listener.name(),
                    bound.first()
                            .toCompletableFuture()
                            .orTimeout(10, TimeUnit.SECONDS)
                            .join()
                            .localAddress());
        } catch (CompletionException e) {
            throw new IOException("listener " + listener.name() + ": " + e.getMessage(), e);
        }
        acceptors.add(bound.second());
    }

    private void servePekko(ListenerSettings listener, ListenerSecurity security, Tcp.IncomingConnection incoming) {
        InetSocketAddress remote = incoming.remoteAddress();
        String full = connections.admit(remote.getAddress());
        if (full != null) {
            log.info("Refusing a connection from {} on {}: {}", remote, listener.name(), full);
            incoming.handleWith(Flow.fromSinkAndSourceCoupled(Sink.cancelled(), Source.empty()), materializer);
            return;
        }
        Connection connection = newConnection(listener, remote, incoming.localAddress(), leastLoaded());
        connections.opened(connection);
        incoming.handleWith(
                PekkoTransport.over(connection, new RequestStage(connection, security.authentications(), apis)),
                materializer);
    }

    private Connection newConnection(
            ListenerSettings listener, InetSocketAddress remote, InetSocketAddress local, int loop) {
        long id = nextConnectionId.incrementAndGet();
        connectionsByLoop.incrementAndGet(loop);
        return new Connection(id, listener.name(), listener.protocol(), remote, local, settings, pool, budget, () -> {
            connectionsByLoop.decrementAndGet(loop);
            connections.closed(id, remote.getAddress());
        });
    }

    private void accept(ListenerSettings listener, ListenerSecurity security, ServerSocketChannel socket) {
        UniqueKillSwitch acceptor = Source.fromGraph(new AcceptStage(socket))
                .viaMat(KillSwitches.single(), Keep.right())
                .to(Sink.foreach(accepted -> serve(listener, security, accepted)))
                .addAttributes(ActorAttributes.dispatcher(LoopConfig.dispatcherId(0)))
                .run(materializer);
        acceptors.add(acceptor);
    }

    private void serve(ListenerSettings listener, ListenerSecurity security, SocketChannel socket) {
        try {
            InetSocketAddress remote = (InetSocketAddress) socket.getRemoteAddress();
            InetSocketAddress local = (InetSocketAddress) socket.getLocalAddress();
            String full = connections.admit(remote.getAddress());
            if (full != null) {
                log.info("Refusing a connection from {} on {}: {}", remote, listener.name(), full);
                socket.close();
                return;
            }
            open(listener, security, socket, remote, local);
        } catch (IOException | RuntimeException e) {
            log.info("A connection on {} ended while it was accepted: {}", listener.name(), e.toString());
            try {
                socket.close();
            } catch (IOException again) {
                log.debug("closing it failed", again);
            }
        }
    }

    private void open(
            ListenerSettings listener,
            ListenerSecurity security,
            SocketChannel socket,
            InetSocketAddress remote,
            InetSocketAddress local)
            throws IOException {
        int loop = leastLoaded();
        Connection connection = newConnection(listener, remote, local, loop);
        connections.opened(connection);
        try {
            socket.configureBlocking(false);
            socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
            socket.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
            if (settings.sendBufferBytes() > 0) {
                socket.setOption(StandardSocketOptions.SO_SNDBUF, settings.sendBufferBytes());
            }
            Flow.fromGraph(new SocketStage(
                            socket, connection, security.transports().ioOf(connection)))
                    .join(Flow.fromGraph(new RequestStage(connection, security.authentications(), apis)))
                    .addAttributes(ActorAttributes.dispatcher(LoopConfig.dispatcherId(loop)))
                    .run(materializer);
        } catch (IOException | RuntimeException e) {
            connection.closed();
            throw e;
        }
    }

    private int leastLoaded() {
        int least = 0;
        for (int loop = 1; loop < connectionsByLoop.length(); loop++) {
            if (connectionsByLoop.get(loop) < connectionsByLoop.get(least)) {
                least = loop;
            }
        }
        return least;
    }

    /// Often enough that a limit is exceeded by a quarter at most.
    private static long watchIntervalMs(SocketSettings settings) {
        long shortest = Math.min(
                Math.min(settings.authenticationTimeoutMs(), settings.frameTimeoutMs()),
                Math.min(settings.slowReaderTimeoutMs(), settings.connectionsMaxIdleMs()));
        return Math.clamp(shortest / 4, 10, LONGEST_WATCH_INTERVAL_MS);
    }
}
