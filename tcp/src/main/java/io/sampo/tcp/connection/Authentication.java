package io.sampo.tcp.connection;

import java.nio.ByteBuffer;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.jspecify.annotations.Nullable;

/// Who the client of one connection is, and how far it is with proving it.
///
/// Thread rule: the connection's thread.
public interface Authentication {

    /// Whether requests other than ApiVersions, SaslHandshake and SaslAuthenticate are let in.
    boolean isComplete();

    /// Valid once complete.
    KafkaPrincipal principal();

    /// Whether the session has ended and the client has not authenticated again (KIP-368).
    boolean hasExpired(long nowMs);

    /// Whether the next frame is a bare SASL token without a request header (after SaslHandshake v0).
    boolean expectsBareToken();

    /// Takes a bare token.
    Step token(ByteBuffer token);

    /// Takes a SaslHandshake or SaslAuthenticate request.
    Step request(AbstractRequest request, long nowMs);

    /// Frees what the exchange holds.
    void close();

    /// What to do with the client's step: exactly one of the answers is set, or none for a failure that cannot be
    /// told.
    ///
    /// @param response answer to a request
    /// @param token answer to a bare token
    /// @param failure why the connection ends after the answer; null while all is well
    record Step(
            @Nullable AbstractResponse response,
            byte @Nullable [] token,
            @Nullable String failure) {}
}
