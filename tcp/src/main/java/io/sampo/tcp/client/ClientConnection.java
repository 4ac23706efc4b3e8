package io.sampo.tcp.client;

import io.sampo.tcp.connection.Connection;
import io.sampo.tcp.connection.SocketSettings;
import io.sampo.tcp.connection.SocketStage;
import io.sampo.tcp.connection.Transports;
import io.sampo.tcp.loop.LoopConfig;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.apache.pekko.actor.ClassicActorSystemProvider;
import org.apache.pekko.stream.ActorAttributes;
import org.apache.pekko.stream.SystemMaterializer;
import org.apache.pekko.stream.javadsl.Flow;

/// One connection to a broker. Requests leave in the order of `send`; each is answered by its response, or fails
/// with `DisconnectException` when the connection ends first, whose cause says why. Deadlines, retries and
/// reconnects are the caller's, and so is what to log.
///
/// Thread rule: any thread; responses complete on the connection's event loop.
public final class ClientConnection implements AutoCloseable {

    private static final AtomicLong NEXT_ID = new AtomicLong();

    private final RequestSender sender;
    private final CompletableFuture<Void> closed;

    private ClientConnection(RequestSender sender, CompletableFuture<Void> closed) {
        this.sender = sender;
        this.closed = closed;
    }

    /// Begins to connect and returns at once; requests wait for the connection.
    ///
    /// @param system configured with [LoopConfig#render]
    /// @param loop index of the event loop to live on
    /// @param settings `socketRequestMaxBytes` bounds a response, `queuedMaxRequestBytes` all that are not closed
    ///     yet
    /// @param maxWaiting requests that may wait to be written; one more fails
    public static ClientConnection connect(
            ClassicActorSystemProvider system,
            int loop,
            InetSocketAddress address,
            String clientId,
            SocketSettings settings,
            Transports transports,
            int maxWaiting)
            throws IOException {
        ClientMemory memory = new ClientMemory(settings.queuedMaxRequestBytes());
        ClientConnection connection;
        try {
            connection = connect(system, loop, address, clientId, settings, transports, maxWaiting, memory);
        } catch (IOException | RuntimeException e) {
            memory.close();
            throw e;
        }
        var _ = connection.closed.whenComplete((_, _) -> memory.close());
        return connection;
    }

    /// The same, with memory that other connections share.
    ///
    /// @param settings `queuedMaxRequestBytes` has no meaning here
    /// @param memory stays the caller's to close
    public static ClientConnection connect(
            ClassicActorSystemProvider system,
            int loop,
            InetSocketAddress address,
            String clientId,
            SocketSettings settings,
            Transports transports,
            int maxWaiting,
            ClientMemory memory)
            throws IOException {
        if (address.isUnresolved()) {
            throw new IOException("unknown host " + address.getHostString());
        }
        SocketChannel socket = SocketChannel.open();
        try {
            socket.configureBlocking(false);
            socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
            if (settings.sendBufferBytes() > 0) {
                socket.setOption(StandardSocketOptions.SO_SNDBUF, settings.sendBufferBytes());
            }
            if (settings.receiveBufferBytes() > 0) {
                socket.setOption(StandardSocketOptions.SO_RCVBUF, settings.receiveBufferBytes());
            }
            socket.connect(address);
        } catch (IOException e) {
            socket.close();
            throw e;
        }
        CompletableFuture<Void> closed = new CompletableFuture<>();
        Connection connection = new Connection(
                NEXT_ID.incrementAndGet(),
                "client",
                SecurityProtocol.PLAINTEXT,
                address,
                address,
                settings,
                memory.pool(),
                memory.budget(),
                () -> closed.complete(null));
        connection.reportedByOwner();
        RequestSender sender = new RequestSender(connection, clientId, maxWaiting);
        Flow.fromGraph(new SocketStage(socket, connection, transports.ioOf(connection)))
                .join(Flow.fromGraph(sender))
                .addAttributes(ActorAttributes.dispatcher(LoopConfig.dispatcherId(loop)))
                .run(SystemMaterializer.get(system).materializer());
        return new ClientConnection(sender, closed);
    }

    /// @return the response; for Produce with acks=0, which a broker does not answer, an empty one once the socket
    ///     has taken the request. Fails with DisconnectException, or IllegalStateException when too many requests
    ///     wait
    public CompletionStage<ClientResponse> send(AbstractRequest request) {
        return sender.send(request);
    }

    /// Completes when requests may be written: after the TCP connect and, where there is TLS, its handshake. Fails
    /// with the IOException that ended the connection before (an `SSLException` when TLS failed), or with
    /// DisconnectException when it was closed by this side.
    public CompletionStage<Void> established() {
        return sender.established();
    }

    /// Completes when the socket is closed, by whichever side.
    public CompletionStage<Void> closed() {
        return closed.minimalCompletionStage();
    }

    /// Closes the connection; requests without a response fail.
    @Override
    public void close() {
        sender.close();
    }
}
