package io.sampo.actors.api;

import static org.junit.jupiter.api.Assertions.assertNull;

import io.sampo.core.api.ClientRequest;
import io.sampo.core.api.RequestOrigin;
import java.util.Objects;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.jspecify.annotations.Nullable;

/// A request that went over the wire and back, so that handlers see what a client of that version can say; its
/// answer must be sayable in that version, too.
final class FakeRequest implements ClientRequest {
    private final ApiKeys apiKey;
    private final short apiVersion;
    private final AbstractRequest body;
    private final String clientId;

    @Nullable
    AbstractResponse response;

    @Nullable
    String disconnected;

    boolean nothing;

    private volatile boolean abandoned;

    private @Nullable Runnable onAbandoned;

    FakeRequest(ApiKeys apiKey, int apiVersion, ApiMessage data) {
        this(apiKey, apiVersion, data, "client");
    }

    FakeRequest(ApiKeys apiKey, int apiVersion, ApiMessage data, String clientId) {
        this.apiKey = apiKey;
        this.apiVersion = (short) apiVersion;
        this.clientId = clientId;
        this.body = AbstractRequest.parseRequest(
                        apiKey, this.apiVersion, MessageUtil.toByteBufferAccessor(data, this.apiVersion))
                .request;
    }

    @Override
    public ApiKeys apiKey() {
        return apiKey;
    }

    @Override
    public short apiVersion() {
        return apiVersion;
    }

    @Override
    public AbstractRequest body() {
        return body;
    }

    @Override
    public RequestOrigin origin() {
        return new RequestOrigin(
                1,
                clientId,
                "127.0.0.1",
                "PLAINTEXT",
                SecurityProtocol.PLAINTEXT,
                KafkaPrincipal.ANONYMOUS,
                "127.0.0.1",
                9092);
    }

    @Override
    public boolean isAbandoned() {
        return abandoned;
    }

    @Override
    public void onAbandoned(Runnable task) {
        assertNull(onAbandoned, "two tasks");
        onAbandoned = task;
        if (abandoned) {
            task.run();
        }
    }

    /// The client goes away.
    void abandon() {
        abandoned = true;
        if (onAbandoned != null) {
            onAbandoned.run();
        }
    }

    @Override
    public synchronized void respond(AbstractResponse answer) {
        assertUnanswered();
        MessageUtil.toByteBufferAccessor(answer.data(), apiVersion);
        response = answer;
    }

    @Override
    public synchronized void respondNothing() {
        assertUnanswered();
        nothing = true;
    }

    @Override
    public synchronized void disconnect(String reason) {
        assertUnanswered();
        disconnected = reason;
    }

    /// Body of the response.
    synchronized ApiMessage answer() {
        return Objects.requireNonNull(response, "not answered").data();
    }

    synchronized boolean isAnswered() {
        return response != null || nothing || disconnected != null;
    }

    private void assertUnanswered() {
        assertNull(response, "answered twice");
        assertNull(disconnected, "answered twice");
        if (nothing) {
            throw new AssertionError("answered twice");
        }
    }
}
