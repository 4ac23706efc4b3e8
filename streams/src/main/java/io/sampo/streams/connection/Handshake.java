package io.sampo.streams.connection;

import io.sampo.tcp.client.ClientConnection;
import io.sampo.tcp.client.ClientResponse;
import java.io.InterruptedIOException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.SslAuthenticationException;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersion;
import org.apache.kafka.common.message.SaslAuthenticateRequestData;
import org.apache.kafka.common.message.SaslHandshakeRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.ApiVersionsRequest;
import org.apache.kafka.common.requests.ApiVersionsResponse;
import org.apache.kafka.common.requests.SaslAuthenticateRequest;
import org.apache.kafka.common.requests.SaslAuthenticateResponse;
import org.apache.kafka.common.requests.SaslHandshakeRequest;
import org.apache.kafka.common.requests.SaslHandshakeResponse;
import org.jspecify.annotations.Nullable;

/// What comes before the first request of a connection: versions, then authentication. Blocks the thread that runs it.
final class Handshake {

    /// @param versions that the node speaks
    /// @param sessionLifetimeMs of the authentication; 0: for good
    record Outcome(NodeVersions versions, long sessionLifetimeMs) {}

    private final ClientConnection connection;
    private final String host;
    private final long requestTimeoutMs;

    /// @param requestTimeoutMs for each answer
    Handshake(ClientConnection connection, String host, long requestTimeoutMs) {
        this.connection = connection;
        this.host = host;
        this.requestTimeoutMs = requestTimeoutMs;
    }

    /// @param login null: without SASL
    /// @throws org.apache.kafka.common.errors.AuthenticationException when one side refuses the other
    Outcome run(@Nullable SaslLogin login) throws InterruptedIOException {
        NodeVersions versions = askVersions();
        return new Outcome(versions, login == null ? 0 : authenticate(login, versions));
    }

    /// A node that does not know the version of the question says so in version 0, and which ones it knows (KIP-511).
    private NodeVersions askVersions() throws InterruptedIOException {
        ApiVersionsRequest.Builder question = new ApiVersionsRequest.Builder();
        ApiVersionsResponse answer = ask(question.build(question.latestAllowedVersion()), ApiVersionsResponse.class);
        if (answer.data().errorCode() == Errors.UNSUPPORTED_VERSION.code()) {
            ApiVersion known = answer.apiVersion(ApiKeys.API_VERSIONS.id);
            short version = known == null ? 0 : (short) Math.min(known.maxVersion(), question.latestAllowedVersion());
            answer = ask(question.build(version), ApiVersionsResponse.class);
        }
        check(Errors.forCode(answer.data().errorCode()), null);
        return NodeVersions.of(answer);
    }

    private long authenticate(SaslLogin login, NodeVersions versions) throws InterruptedIOException {
        try (SaslLogin.Exchange exchange = login.begin(host)) {
            SaslHandshakeRequest.Builder hello =
                    new SaslHandshakeRequest.Builder(new SaslHandshakeRequestData().setMechanism(login.mechanism()));
            SaslHandshakeResponse offer = ask(hello.build(versions.choose(hello)), SaslHandshakeResponse.class);
            if (offer.error() == Errors.UNSUPPORTED_SASL_MECHANISM) {
                throw offer.error().exception(login.mechanism() + " is not enabled, but " + offer.enabledMechanisms());
            }
            check(offer.error(), null);
            byte[] token = exchange.first();
            while (true) {
                SaslAuthenticateRequest.Builder step =
                        new SaslAuthenticateRequest.Builder(new SaslAuthenticateRequestData().setAuthBytes(token));
                SaslAuthenticateResponse answer =
                        ask(step.build(versions.choose(step)), SaslAuthenticateResponse.class);
                check(answer.error(), answer.errorMessage());
                if (exchange.isComplete()) {
                    return answer.sessionLifetimeMs();
                }
                token = exchange.next(answer.saslAuthBytes());
                if (token.length == 0) {
                    if (!exchange.isComplete()) {
                        throw new SaslAuthenticationException("the server ended " + login.mechanism() + " too early");
                    }
                    return answer.sessionLifetimeMs();
                }
            }
        }
    }

    private static void check(Errors error, @Nullable String message) {
        if (error != Errors.NONE) {
            throw message == null || message.isEmpty() ? error.exception() : error.exception(message);
        }
    }

    /// None of these answers has a part that outlives its memory.
    private <R extends AbstractResponse> R ask(AbstractRequest question, Class<R> type) throws InterruptedIOException {
        try (ClientResponse answer = await(connection.send(question), requestTimeoutMs, question.apiKey().name)) {
            return type.cast(answer.body());
        }
    }

    /// @param what is waited for, for the message of a timeout
    static <T> T await(CompletionStage<T> stage, long timeoutMs, String what) throws InterruptedIOException {
        try {
            return stage.toCompletableFuture().get(timeoutMs, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for " + what);
        } catch (TimeoutException e) {
            throw new UnreachableException("no " + what + " within " + timeoutMs + " ms", e);
        } catch (ExecutionException e) {
            throw failure(Failures.cause(e), what);
        }
    }

    /// A TLS failure is a matter of trust, which another attempt does not mend; all else is one of the network.
    private static KafkaException failure(Throwable cause, String what) {
        for (Throwable deeper = cause; deeper != null; deeper = deeper.getCause()) {
            if (deeper instanceof SSLException) {
                return new SslAuthenticationException("TLS failed: " + deeper.getMessage(), deeper);
            }
        }
        return new UnreachableException("no " + what + ": " + cause.getMessage(), cause);
    }
}
