package io.sampo.streams.connection;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ServerSocketFactory;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersion;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseBroker;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.ApiVersionsResponse;
import org.apache.kafka.common.requests.MetadataRequest;
import org.apache.kafka.common.requests.MetadataResponse;
import org.apache.kafka.common.requests.RequestHeader;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;

/// A broker of one node on a real socket, whose answers a test writes. Without a rule it answers ApiVersions and
/// Metadata (itself, as node 1) and leaves all else without an answer.
@NullMarked
final class ScriptedBroker implements AutoCloseable {

    /// One connection as the broker sees it.
    interface Rule {
        /// @return null: no answer
        @Nullable
        AbstractResponse answer(AbstractRequest request, Peer peer) throws IOException, InterruptedException;
    }

    /// @param socket may be closed by a rule
    record Peer(Socket socket, int number) {}

    private final ServerSocket server;
    private final Map<ApiKeys, Rule> rules = new ConcurrentHashMap<>();
    private final Map<ApiKeys, ApiVersion> versions = new ConcurrentHashMap<>();
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private final List<AbstractRequest> requests = new CopyOnWriteArrayList<>();
    private final AtomicInteger accepted = new AtomicInteger();
    private volatile int maxApiVersions = ApiKeys.API_VERSIONS.latestVersion();

    ScriptedBroker() throws IOException {
        this(ServerSocketFactory.getDefault(), 0);
    }

    ScriptedBroker(ServerSocketFactory sockets, int port) throws IOException {
        server = sockets.createServerSocket(port, 50, InetAddress.getByName("127.0.0.1"));
        for (ApiKeys api : ApiKeys.clientApis()) {
            limit(api, api.oldestVersion(), api.latestVersion());
        }
        on(ApiKeys.METADATA, (request, _) -> metadata((MetadataRequest) request));
        Thread.ofVirtual().start(this::accept);
    }

    void on(ApiKeys api, Rule rule) {
        rules.put(api, rule);
    }

    void limit(ApiKeys api, int min, int max) {
        versions.put(
                api,
                new ApiVersion().setApiKey(api.id).setMinVersion((short) min).setMaxVersion((short) max));
    }

    void without(ApiKeys api) {
        versions.remove(api);
    }

    /// Above it ApiVersions is refused, in version 0.
    void limitApiVersions(int max) {
        maxApiVersions = max;
        limit(ApiKeys.API_VERSIONS, 0, max);
    }

    int port() {
        return server.getLocalPort();
    }

    String address() {
        return "127.0.0.1:" + port();
    }

    List<AbstractRequest> requests(ApiKeys api) {
        return requests.stream().filter(request -> request.apiKey() == api).toList();
    }

    /// Connections since the start.
    int accepted() {
        return accepted.get();
    }

    /// Connections that are open now.
    long open() {
        return sockets.stream().filter(socket -> !socket.isClosed()).count();
    }

    void disconnectAll() throws IOException {
        for (Socket socket : sockets) {
            socket.close();
        }
    }

    MetadataResponse metadata(MetadataRequest request) {
        MetadataResponseData data =
                new MetadataResponseData().setClusterId("scripted").setControllerId(1);
        data.brokers()
                .add(new MetadataResponseBroker()
                        .setNodeId(1)
                        .setHost("127.0.0.1")
                        .setPort(port()));
        if (request.topics() != null) {
            for (String topic : request.topics()) {
                data.topics()
                        .add(new MetadataResponseData.MetadataResponseTopic()
                                .setName(topic)
                                .setErrorCode(Errors.UNKNOWN_TOPIC_OR_PARTITION.code()));
            }
        }
        return new MetadataResponse(data, request.version());
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                sockets.add(socket);
                Peer peer = new Peer(socket, accepted.incrementAndGet());
                Thread.ofVirtual().start(() -> serve(peer));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void serve(Peer peer) {
        try (Socket socket = peer.socket) {
            DataInputStream in = new DataInputStream(socket.getInputStream());
            DataOutputStream out = new DataOutputStream(socket.getOutputStream());
            while (true) {
                byte[] frame = new byte[in.readInt()];
                in.readFully(frame);
                answer(ByteBuffer.wrap(frame), peer, out);
            }
        } catch (IOException | InterruptedException closed) {
            // The end of the connection, by whichever side.
        }
    }

    private void answer(ByteBuffer frame, Peer peer, DataOutputStream out) throws IOException, InterruptedException {
        if (frame.getShort(0) == ApiKeys.API_VERSIONS.id && frame.getShort(2) > maxApiVersions) {
            ApiVersionsResponseData refusal =
                    new ApiVersionsResponseData().setErrorCode(Errors.UNSUPPORTED_VERSION.code());
            ByteBuffer body =
                    MessageUtil.toByteBufferAccessor(refusal, (short) 0).buffer();
            out.writeInt(Integer.BYTES + body.remaining());
            out.writeInt(frame.getInt(4));
            out.write(body.array(), body.arrayOffset() + body.position(), body.remaining());
            out.flush();
            return;
        }
        RequestHeader header = RequestHeader.parse(frame);
        AbstractRequest request = AbstractRequest.parseRequest(
                        header.apiKey(), header.apiVersion(), new ByteBufferAccessor(frame))
                .request;
        requests.add(request);
        Rule rule = rules.get(header.apiKey());
        AbstractResponse response = rule != null
                ? rule.answer(request, peer)
                : header.apiKey() == ApiKeys.API_VERSIONS ? apiVersions() : null;
        if (response != null) {
            ByteBuffer head = MessageUtil.toByteBufferAccessor(
                            header.toResponseHeader().data(),
                            header.toResponseHeader().headerVersion())
                    .buffer();
            ByteBuffer body = MessageUtil.toByteBufferAccessor(response.data(), header.apiVersion())
                    .buffer();
            synchronized (out) {
                out.writeInt(head.remaining() + body.remaining());
                out.write(head.array(), head.arrayOffset() + head.position(), head.remaining());
                out.write(body.array(), body.arrayOffset() + body.position(), body.remaining());
                out.flush();
            }
        }
    }

    ApiVersionsResponse apiVersions() {
        ApiVersionsResponseData data = new ApiVersionsResponseData();
        versions.values().forEach(version -> data.apiKeys().add(version.duplicate()));
        return new ApiVersionsResponse(data);
    }

    @Override
    public void close() throws IOException {
        server.close();
        disconnectAll();
    }
}
