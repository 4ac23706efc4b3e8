package io.sampo.tcp.connection;

import java.nio.ByteBuffer;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.security.auth.KafkaPrincipal;

/// A listener without SASL: the client is known from the start, by nothing (PLAINTEXT) or by its certificate (SSL).
public record Unauthenticated(KafkaPrincipal principal) implements Authentication {

    @Override
    public boolean isComplete() {
        return true;
    }

    @Override
    public boolean hasExpired(long nowMs) {
        return false;
    }

    @Override
    public boolean expectsBareToken() {
        return false;
    }

    @Override
    public Step token(ByteBuffer token) {
        return new Step(null, null, "a SASL token on a listener without SASL");
    }

    /// ILLEGAL_SASL_STATE, and the connection goes on (as Kafka).
    @Override
    public Step request(AbstractRequest request, long nowMs) {
        return new Step(request.getErrorResponse(Errors.ILLEGAL_SASL_STATE.exception()), null, null);
    }

    @Override
    public void close() {}
}
