package io.sampo.tcp.client;

import io.sampo.tcp.connection.BufferPool;
import io.sampo.tcp.connection.Connection;
import io.sampo.tcp.connection.MemoryBudget;
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
/// with `DisconnectException` when the connection ends first. Deadlines, retries and reconnects are the caller's.
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
        if (address.isUnresolved()) {
            throw new IOException("unknown host " + address.getHostString());
        }
        SocketChannel socket = SocketChannel.open();
        try {
            socket.configureBlocking(false);
            socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
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
                new BufferPool(settings.queuedMaxRequestBytes()),
                new MemoryBudget(settings.queuedMaxRequestBytes()),
                () -> closed.complete(null));
        RequestSender sender = new RequestSender(connection, clientId, maxWaiting);
        Flow.fromGraph(new SocketStage(socket, connection, transports.ioOf(connection)))
                .join(Flow.fromGraph(sender))
                .addAttributes(ActorAttributes.dispatcher(LoopConfig.dispatcherId(loop)))
                .run(SystemMaterializer.get(system).materializer());
        return new ClientConnection(sender, closed);
    }

    /// @param request one that is answered: not Produce with acks=0
    /// @return fails with DisconnectException, or IllegalStateException when too many requests wait
    public CompletionStage<ClientResponse> send(AbstractRequest request) {
        return sender.send(request);
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
