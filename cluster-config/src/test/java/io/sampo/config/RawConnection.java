package io.sampo.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersionCollection;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.requests.ApiVersionsRequest;
import org.apache.kafka.common.requests.ApiVersionsResponse;
import org.apache.kafka.common.requests.RequestHeader;

/// A connection to a node that can send what a client of today does not. Waits for an answer for 20 s.
final class RawConnection implements AutoCloseable {
    private static final int LIMIT_MS = 20_000;

    private final Socket socket;

    RawConnection(SampoNode node) throws IOException {
        String[] address = node.address().split(":", -1);
        socket = new Socket(address[0], Integer.parseInt(address[1]));
        socket.setSoTimeout(LIMIT_MS);
    }

    static byte[] frame(ByteBuffer body) {
        return ByteBuffer.allocate(4 + body.remaining())
                .putInt(body.remaining())
                .put(body)
                .array();
    }

    void send(byte[] frame) throws IOException {
        socket.getOutputStream().write(frame);
    }

    ApiVersionCollection apiVersions() throws IOException {
        ApiVersionsRequest request = new ApiVersionsRequest(new ApiVersionsRequestData(), (short) 0, (short) 0);
        send(frame(request.serializeWithHeader(new RequestHeader(ApiKeys.API_VERSIONS, (short) 0, "raw", 1))));
        DataInputStream in = new DataInputStream(socket.getInputStream());
        byte[] answer = new byte[in.readInt()];
        in.readFully(answer);
        ByteBuffer body = ByteBuffer.wrap(answer);
        assertEquals(1, body.getInt(), "correlation id");
        return ApiVersionsResponse.parse(new ByteBufferAccessor(body), (short) 0)
                .data()
                .apiKeys();
    }

    boolean isClosedByNode() throws IOException {
        try {
            return socket.getInputStream().read() < 0;
        } catch (SocketException reset) {
            return true;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
