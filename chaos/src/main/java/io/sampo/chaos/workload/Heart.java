package io.sampo.chaos.workload;

import io.sampo.chaos.history.HistoryFile;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.FindCoordinatorResponseData.Coordinator;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.FindCoordinatorRequest;
import org.apache.kafka.common.requests.FindCoordinatorResponse;
import org.apache.kafka.common.requests.HeartbeatRequest;
import org.apache.kafka.common.requests.HeartbeatResponse;
import org.apache.kafka.common.requests.RequestHeader;
import org.jspecify.annotations.Nullable;

/// Heartbeats for a member of a group, beside its own client, which does not say when one succeeded. Looks for the
/// coordinator as clients do: asks any node, and again after a failure.
///
/// Thread rule: a thread of its own; [#beats] from any.
final class Heart implements AutoCloseable {
    private static final short HEARTBEAT_VERSION = 4;
    private static final short FIND_COORDINATOR_VERSION = 4;
    private static final long INTERVAL_MS = 20;
    private static final int ANSWER_LIMIT_MS = 1_000;

    private final List<InetSocketAddress> nodes;
    private final String group;
    private final Supplier<@Nullable ConsumerGroupMetadata> member;
    private final HistoryFile clock;
    private final List<Span> beats = new CopyOnWriteArrayList<>();
    private final Thread thread;
    private int asked;
    private int correlationId;
    private @Nullable Socket coordinator;
    private volatile boolean stopping;

    /// @param member as its client knows itself now; null before it has joined
    Heart(
            List<InetSocketAddress> nodes,
            String group,
            Supplier<@Nullable ConsumerGroupMetadata> member,
            HistoryFile clock) {
        this.nodes = nodes;
        this.group = group;
        this.member = member;
        this.clock = clock;
        this.thread = Thread.ofPlatform().name("heart").daemon().start(this::run);
    }

    /// Those that the coordinator took.
    List<Span> beats() {
        return List.copyOf(beats);
    }

    private void run() {
        try {
            while (!stopping) {
                beat();
                Thread.sleep(INTERVAL_MS);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } finally {
            forgetCoordinator();
        }
    }

    private void beat() {
        ConsumerGroupMetadata now = member.get();
        if (now == null) {
            return;
        }
        long invokedUs = clock.nowUs();
        try {
            Socket to = coordinator;
            if (to == null) {
                to = findCoordinator();
                coordinator = to;
            }
            HeartbeatResponse answer = (HeartbeatResponse) ask(
                    to,
                    ApiKeys.HEARTBEAT,
                    new HeartbeatRequest.Builder(new HeartbeatRequestData()
                                    .setGroupId(group)
                                    .setMemberId(now.memberId())
                                    .setGenerationId(now.generationId()))
                            .build(HEARTBEAT_VERSION));
            if (answer.error() == Errors.NONE) {
                beats.add(new Span(invokedUs, clock.nowUs()));
            } else if (answer.error() != Errors.REBALANCE_IN_PROGRESS) {
                forgetCoordinator();
            }
        } catch (IOException _) {
            forgetCoordinator();
        }
    }

    private void forgetCoordinator() {
        Socket old = coordinator;
        coordinator = null;
        try {
            if (old != null) {
                old.close();
            }
        } catch (IOException _) {
            return; // it is over either way
        }
    }

    private Socket findCoordinator() throws IOException {
        InetSocketAddress node = nodes.get(asked++ % nodes.size());
        try (Socket socket = connect(node)) {
            FindCoordinatorResponse answer = (FindCoordinatorResponse) ask(
                    socket,
                    ApiKeys.FIND_COORDINATOR,
                    new FindCoordinatorRequest.Builder(new FindCoordinatorRequestData()
                                    .setKeyType(FindCoordinatorRequest.CoordinatorType.GROUP.id())
                                    .setCoordinatorKeys(List.of(group)))
                            .build(FIND_COORDINATOR_VERSION));
            Coordinator found = answer.data().coordinators().getFirst();
            if (found.errorCode() != Errors.NONE.code()) {
                throw new IOException("no coordinator");
            }
            return connect(new InetSocketAddress(found.host(), found.port()));
        }
    }

    private static Socket connect(InetSocketAddress address) throws IOException {
        Socket socket = new Socket();
        try {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(ANSWER_LIMIT_MS);
            socket.connect(address, ANSWER_LIMIT_MS);
            return socket;
        } catch (IOException failed) {
            socket.close();
            throw failed;
        }
    }

    private AbstractResponse ask(Socket socket, ApiKeys api, AbstractRequest request) throws IOException {
        RequestHeader header = new RequestHeader(api, request.version(), "heart", correlationId++);
        ByteBuffer frame = request.serializeWithHeader(header);
        ByteBuffer sized = ByteBuffer.allocate(Integer.BYTES + frame.remaining());
        sized.putInt(frame.remaining()).put(frame);
        socket.getOutputStream().write(sized.array());
        DataInputStream in = new DataInputStream(socket.getInputStream());
        byte[] bytes = new byte[in.readInt()];
        in.readFully(bytes);
        return AbstractResponse.parseResponse(ByteBuffer.wrap(bytes), header);
    }

    @Override
    public void close() throws IOException {
        stopping = true;
        try {
            thread.join(5L * ANSWER_LIMIT_MS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", interrupted);
        }
    }
}
