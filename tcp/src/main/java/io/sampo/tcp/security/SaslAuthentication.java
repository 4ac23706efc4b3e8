package io.sampo.tcp.security;

import io.sampo.tcp.connection.Authentication;
import io.sampo.tcp.connection.Connection;
import java.nio.ByteBuffer;
import javax.security.sasl.SaslException;
import javax.security.sasl.SaslServer;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.message.SaslAuthenticateResponseData;
import org.apache.kafka.common.message.SaslHandshakeResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.SaslAuthenticateRequest;
import org.apache.kafka.common.requests.SaslAuthenticateResponse;
import org.apache.kafka.common.requests.SaslHandshakeRequest;
import org.apache.kafka.common.requests.SaslHandshakeResponse;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SaslAuthenticationContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The SASL exchange of one connection: SaslHandshake names the mechanism, then tokens go to and fro, in
/// SaslAuthenticate requests (handshake v1) or bare (v0), until kafka-clients' `SaslServer` is content.
///
/// ```
/// EXPECTS_HANDSHAKE -> EXPECTS_TOKENS -> COMPLETE -> (re-authentication, KIP-368) EXPECTS_TOKENS -> COMPLETE
/// ```
///
/// Thread rule: the connection's thread.
final class SaslAuthentication implements Authentication {

    private static final Logger log = LoggerFactory.getLogger(SaslAuthentication.class);
    private static final long NEVER = Long.MAX_VALUE;

    private enum State {
        EXPECTS_HANDSHAKE,
        EXPECTS_TOKENS,
        COMPLETE
    }

    private final SaslMechanisms mechanisms;
    private final Connection connection;
    private State state = State.EXPECTS_HANDSHAKE;
    private boolean bareTokens;
    private @Nullable SaslServer server;
    private String mechanism = "";
    private @Nullable KafkaPrincipal principal;
    private long expiresMs = NEVER;

    SaslAuthentication(SaslMechanisms mechanisms, Connection connection) {
        this.mechanisms = mechanisms;
        this.connection = connection;
    }

    @Override
    public boolean isComplete() {
        return state == State.COMPLETE;
    }

    @Override
    public KafkaPrincipal principal() {
        KafkaPrincipal proven = principal;
        if (proven == null) {
            throw new IllegalStateException("not authenticated");
        }
        return proven;
    }

    @Override
    public boolean hasExpired(long nowMs) {
        return nowMs > expiresMs;
    }

    @Override
    public boolean expectsBareToken() {
        return bareTokens && state == State.EXPECTS_TOKENS;
    }

    @Override
    public Step request(AbstractRequest request, long nowMs) {
        return switch (request) {
            case SaslHandshakeRequest handshake -> handshake(handshake);
            case SaslAuthenticateRequest authenticate
            when state == State.EXPECTS_TOKENS -> authenticate(authenticate, nowMs);
            default -> illegalState(request);
        };
    }

    private Step illegalState(AbstractRequest request) {
        String failure = state == State.COMPLETE ? null : request.apiKey() + " before SaslHandshake";
        return new Step(request.getErrorResponse(Errors.ILLEGAL_SASL_STATE.exception()), null, failure);
    }

    private Step handshake(SaslHandshakeRequest request) {
        if (state == State.EXPECTS_TOKENS) {
            return illegalState(request);
        }
        String wanted = request.data().mechanism();
        SaslHandshakeResponseData answer = new SaslHandshakeResponseData().setMechanisms(mechanisms.enabled());
        if (!mechanisms.enabled().contains(wanted)) {
            answer.setErrorCode(Errors.UNSUPPORTED_SASL_MECHANISM.code());
            return new Step(new SaslHandshakeResponse(answer), null, "mechanism " + wanted + " is not enabled");
        }
        if (principal != null && !wanted.equals(mechanism)) {
            answer.setErrorCode(Errors.UNSUPPORTED_SASL_MECHANISM.code());
            return new Step(
                    new SaslHandshakeResponse(answer),
                    null,
                    "re-authentication with " + wanted + " after " + mechanism);
        }
        close();
        mechanism = wanted;
        bareTokens = request.version() == 0;
        server = mechanisms.newServer(wanted);
        state = State.EXPECTS_TOKENS;
        return new Step(new SaslHandshakeResponse(answer), null, null);
    }

    private Step authenticate(SaslAuthenticateRequest request, long nowMs) {
        SaslAuthenticateResponseData answer = new SaslAuthenticateResponseData();
        try {
            byte[] token = evaluate(request.data().authBytes(), nowMs);
            answer.setAuthBytes(token == null ? new byte[0] : token);
            if (state == State.COMPLETE) {
                answer.setSessionLifetimeMs(mechanisms.maxReauthMs(mechanism));
            }
            return new Step(new SaslAuthenticateResponse(answer), null, null);
        } catch (AuthenticationException e) {
            // Meant for the client.
            return failure(answer, String.valueOf(e.getMessage()), e);
        } catch (SaslException | RuntimeException e) {
            // May hold what the client must not learn, such as whether the user exists.
            return failure(
                    answer, "Authentication failed due to invalid credentials with SASL mechanism " + mechanism, e);
        }
    }

    private static Step failure(SaslAuthenticateResponseData answer, String message, Exception e) {
        log.debug("SASL exchange failed", e);
        answer.setErrorCode(Errors.SASL_AUTHENTICATION_FAILED.code()).setErrorMessage(message);
        return new Step(new SaslAuthenticateResponse(answer), null, message);
    }

    @Override
    public Step token(ByteBuffer bytes) {
        byte[] token = new byte[bytes.remaining()];
        bytes.get(token);
        try {
            return new Step(null, evaluate(token, Connection.nowMs()), null);
        } catch (SaslException | RuntimeException e) {
            log.debug("SASL exchange failed", e);
            return new Step(null, null, "invalid credentials with SASL mechanism " + mechanism);
        }
    }

    private byte @Nullable [] evaluate(byte[] token, long nowMs) throws SaslException {
        SaslServer exchange = server;
        if (exchange == null) {
            throw new IllegalStateException("no SASL exchange");
        }
        byte[] answer = exchange.evaluateResponse(token);
        if (exchange.isComplete()) {
            KafkaPrincipal proven = mechanisms
                    .principals()
                    .build(new SaslAuthenticationContext(
                            exchange,
                            connection.securityProtocol(),
                            connection.remoteAddress(),
                            connection.listener(),
                            connection.tlsSession()));
            if (principal != null && !principal.equals(proven)) {
                throw new SaslException("re-authentication as " + proven + " after " + principal);
            }
            principal = proven;
            long lifetimeMs = mechanisms.maxReauthMs(mechanism);
            expiresMs = lifetimeMs > 0 ? nowMs + lifetimeMs : NEVER;
            state = State.COMPLETE;
        }
        return answer;
    }

    @Override
    public void close() {
        SaslServer exchange = server;
        if (exchange != null) {
            server = null;
            try {
                exchange.dispose();
            } catch (SaslException e) {
                log.debug("disposing of a SASL server failed", e);
            }
        }
    }
}
