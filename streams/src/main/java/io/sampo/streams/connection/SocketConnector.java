package io.sampo.streams.connection;

import io.sampo.tcp.client.ClientConnection;
import io.sampo.tcp.client.ClientMemory;
import io.sampo.tcp.client.ClientResponse;
import io.sampo.tcp.connection.SocketSettings;
import io.sampo.tcp.connection.Transports;
import io.sampo.tcp.loop.LoopConfig;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.network.ConnectionMode;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.security.ssl.SslFactory;
import org.apache.pekko.actor.ActorSystem;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes connections over the module tcp's client side: resolves a name, tries its addresses in turn, with TLS and SASL
/// as the settings say. Connections go to the system's event loops in turn.
///
/// Thread rule: any thread.
final class SocketConnector implements Wire.Connector, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(SocketConnector.class);

    private final ActorSystem system;
    private final ConnectionSettings settings;
    private final SocketSettings sockets;
    private final Timers timers;
    private final int loops;
    private final AtomicInteger nextLoop = new AtomicInteger();
    private final ClientMemory held;
    private final ClientMemory prompt;
    private final @Nullable SslFactory tls;
    private final @Nullable SaslLogin login;

    /// @param system with event loops, see [LoopConfig]
    /// @throws org.apache.kafka.common.KafkaException for security settings that cannot work
    SocketConnector(ActorSystem system, ConnectionSettings settings, Timers timers) {
        this.system = system;
        this.settings = settings;
        this.timers = timers;
        this.loops = system.settings().config().getInt(LoopConfig.LOOPS);
        this.sockets = sockets(settings);
        this.login = settings.sasl() ? new SaslLogin(settings.security()) : null;
        this.tls = settings.tls() ? tls(settings) : null;
        this.held = new ClientMemory(settings.receiveMemoryBytes());
        this.prompt = new ClientMemory(settings.receiveMemoryBytes());
    }

    @Override
    public Wire connect(Endpoint endpoint, Lane lane, int failures) throws InterruptedIOException {
        @Nullable UnreachableException last = null;
        for (InetAddress address : resolve(endpoint)) {
            try {
                return connect(endpoint, new InetSocketAddress(address, endpoint.port()), lane, failures);
            } catch (UnreachableException e) {
                log.debug("{} cannot be reached at {}: {}", endpoint, address.getHostAddress(), e.getMessage());
                last = e;
            }
        }
        throw last == null ? new UnreachableException("no address for " + endpoint) : last;
    }

    private Wire connect(Endpoint endpoint, InetSocketAddress address, Lane lane, int failures)
            throws InterruptedIOException {
        ClientConnection connection;
        try {
            connection = ClientConnection.connect(
                    system,
                    Math.floorMod(nextLoop.getAndIncrement(), loops),
                    address,
                    settings.clientId(),
                    sockets,
                    transports(endpoint),
                    settings.maxWaitingRequests(),
                    lane == Lane.WAITING ? held : prompt);
        } catch (IOException e) {
            throw new UnreachableException("cannot connect to " + address + ": " + e.getMessage(), e);
        }
        boolean ready = false;
        try {
            long setupMs = settings.setupTimeout().delayMs(failures + 1, timers.random());
            Handshake.await(connection.established(), setupMs, "connection to " + address);
            Handshake.Outcome outcome =
                    new Handshake(connection, endpoint.host(), settings.requestTimeoutMs()).run(login);
            ready = true;
            return new SocketWire(connection, outcome);
        } catch (AuthenticationException e) {
            log.warn("Authentication with {} failed: {}", endpoint, e.getMessage());
            throw e;
        } finally {
            if (!ready) {
                connection.close();
            }
        }
    }

    private List<InetAddress> resolve(Endpoint endpoint) {
        try {
            return List.of(InetAddress.getAllByName(endpoint.host()));
        } catch (UnknownHostException e) {
            throw new UnreachableException("unknown host " + endpoint.host(), e);
        }
    }

    private Transports transports(Endpoint endpoint) {
        SslFactory factory = tls;
        return factory == null
                ? Transports.PLAINTEXT
                : Transports.tls(_ -> factory.createSslEngine(endpoint.host(), endpoint.port()));
    }

    private static SslFactory tls(ConnectionSettings settings) {
        SslFactory factory = new SslFactory(ConnectionMode.CLIENT);
        factory.configure(settings.security());
        return factory;
    }

    private static SocketSettings sockets(ConnectionSettings settings) {
        SocketSettings d = SocketSettings.defaults();
        return new SocketSettings(
                Integer.MAX_VALUE,
                settings.receiveMemoryBytes(),
                d.maxConnections(),
                d.maxConnectionsPerIp(),
                d.connectionsMaxIdleMs(),
                d.authenticationMaxBytes(),
                d.authenticationTimeoutMs(),
                d.failedAuthenticationDelayMs(),
                d.frameTimeoutMs(),
                d.slowReaderTimeoutMs(),
                d.maxInFlightRequestsPerConnection(),
                d.listenBacklog(),
                settings.receiveBufferBytes(),
                settings.sendBufferBytes(),
                d.transport());
    }

    /// Bytes of answers that nobody has closed.
    long memoryInUse() {
        return held.usedBytes() + prompt.usedBytes();
    }

    @Override
    public void close() {
        held.close();
        prompt.close();
        if (login != null) {
            login.close();
        }
        if (tls != null) {
            tls.close();
        }
    }

    private record SocketWire(ClientConnection connection, Handshake.Outcome outcome) implements Wire {
        @Override
        public NodeVersions versions() {
            return outcome.versions();
        }

        @Override
        public long sessionLifetimeMs() {
            return outcome.sessionLifetimeMs();
        }

        @Override
        public CompletionStage<Answer> send(AbstractRequest request) {
            return connection.send(request).thenApply(SocketWire::answer);
        }

        @Override
        public CompletionStage<Void> closed() {
            return connection.closed();
        }

        @Override
        public void close() {
            connection.close();
        }

        private static Answer answer(ClientResponse response) {
            return new Answer(response.body(), response::close);
        }
    }
}
