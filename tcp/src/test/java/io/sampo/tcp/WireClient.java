package io.sampo.tcp;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.RequestHeader;

/// A blocking client that can do what a real one never does: send any bytes, and not read.
public final class WireClient implements AutoCloseable {

    private final Socket socket;
    private final DataInputStream in;

    public WireClient(InetSocketAddress address) throws IOException {
        this(new Socket(address.getAddress(), address.getPort()));
    }

    public WireClient(Socket connected) throws IOException {
        this.socket = connected;
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(20_000);
        this.in = new DataInputStream(socket.getInputStream());
    }

    public Socket socket() {
        return socket;
    }

    public void send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
    }

    public void send(ApiKeys apiKey, AbstractRequest request, int correlationId) throws IOException {
        send(frame(header(apiKey, request.version(), correlationId), request));
    }

    public static RequestHeader header(ApiKeys apiKey, short version, int correlationId) {
        return new RequestHeader(apiKey, version, "wire-client", correlationId);
    }

    public static byte[] frame(RequestHeader header, AbstractRequest request) {
        ByteBuffer body = request.serializeWithHeader(header);
        return frame(body);
    }

    public static byte[] frame(ByteBuffer body) {
        ByteBuffer frame = ByteBuffer.allocate(4 + body.remaining());
        frame.putInt(body.remaining()).put(body);
        return frame.array();
    }

    public ByteBuffer receive() throws IOException {
        byte[] body = new byte[in.readInt()];
        in.readFully(body);
        return ByteBuffer.wrap(body);
    }

    public AbstractResponse receive(ApiKeys apiKey, short version, int correlationId) throws IOException {
        return AbstractResponse.parseResponse(receive(), header(apiKey, version, correlationId));
    }

    public AbstractResponse roundTrip(ApiKeys apiKey, AbstractRequest request, int correlationId) throws IOException {
        send(apiKey, request, correlationId);
        return receive(apiKey, request.version(), correlationId);
    }

    /// Reads until the server closes; what still comes is thrown away.
    public boolean isClosedByServer() throws IOException {
        try {
            byte[] rest = new byte[8192];
            while (true) {
                if (in.read(rest) < 0) {
                    return true;
                }
            }
        } catch (java.net.SocketTimeoutException stillOpen) {
            return false;
        } catch (IOException reset) {
            return true;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
