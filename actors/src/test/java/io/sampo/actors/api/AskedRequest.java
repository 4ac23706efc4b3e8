package io.sampo.actors.api;

import io.sampo.core.api.ClientRequest;
import io.sampo.core.api.RequestOrigin;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SecurityProtocol;

/// A request as it comes from the wire: its body went through Kafka's encoding of the version, and so does the
/// answer.
final class AskedRequest implements ClientRequest {
    private final ApiKeys apiKey;
    private final short version;
    private final AbstractRequest body;
    private final CompletableFuture<AbstractResponse> answer = new CompletableFuture<>();

    AskedRequest(ApiKeys apiKey, int version, ApiMessage body) {
        this.apiKey = apiKey;
        this.version = (short) version;
        this.body = AbstractRequest.parseRequest(
                        apiKey,
                        this.version,
                        new ByteBufferAccessor(MessageUtil.toByteBufferAccessor(body, this.version)
                                .buffer()))
                .request;
    }

    /// The answer's data as a client of the version sees it.
    @SuppressWarnings("unchecked")
    static <D extends ApiMessage> D ask(
            io.sampo.core.api.RequestHandler handler, ApiKeys apiKey, int version, ApiMessage body) throws Exception {
        AskedRequest request = new AskedRequest(apiKey, version, body);
        new GuardedHandler(handler).handle(request);
        AbstractResponse response = request.answer.get(20, TimeUnit.SECONDS);
        ByteBufferAccessor bytes = MessageUtil.toByteBufferAccessor(response.data(), (short) version);
        return (D)
                AbstractResponse.parseResponse(apiKey, bytes, (short) version).data();
    }

    @Override
    public ApiKeys apiKey() {
        return apiKey;
    }

    @Override
    public short apiVersion() {
        return version;
    }

    @Override
    public AbstractRequest body() {
        return body;
    }

    @Override
    public RequestOrigin origin() {
        return new RequestOrigin(
                1,
                "client",
                "127.0.0.1",
                "PLAINTEXT",
                SecurityProtocol.PLAINTEXT,
                KafkaPrincipal.ANONYMOUS,
                "broker.dialled",
                19092);
    }

    @Override
    public void respond(AbstractResponse response) {
        if (!answer.complete(response)) {
            throw new IllegalStateException("answered twice");
        }
    }

    @Override
    public void respondNothing() {
        answer.completeExceptionally(new AssertionError("no response"));
    }

    @Override
    public void disconnect(String reason) {
        answer.completeExceptionally(new AssertionError("disconnected: " + reason));
    }
}
