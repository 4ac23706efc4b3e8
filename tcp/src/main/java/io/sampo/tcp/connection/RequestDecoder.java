package io.sampo.tcp.connection;

import io.sampo.core.api.ApiTable;
import io.sampo.core.api.RequestOrigin;
import java.nio.ByteBuffer;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.network.ClientInformation;
import org.apache.kafka.common.network.ListenerName;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.RequestContext;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.jspecify.annotations.Nullable;

/// Makes requests of the frames of one connection, and decides which are let in: those that the node serves, from a
/// client that has proved who it is.
///
/// Thread rule: the connection's thread.
final class RequestDecoder {

    /// Requests that may wait for minutes and whose bodies keep nothing of the buffer: the message classes copy
    /// strings and `bytes`; only `records` and zero-copy `bytes` are views, as in Produce.
    private static final Set<ApiKeys> PARKED_WITHOUT_FRAME =
            EnumSet.of(ApiKeys.FETCH, ApiKeys.JOIN_GROUP, ApiKeys.SYNC_GROUP);

    /// Such a request gives back its frame, and what it is charged, before it is answered, up to this size. Larger
    /// ones stay charged: what was parsed of them is as large. So what is not charged is at most this for each
    /// request that a connection may have in flight.
    static final int MAX_UNCHARGED_BYTES = 16 * 1024;

    private final Connection connection;
    private final ApiTable apis;
    private final Runnable onAnswered;
    private final ListenerName listenerName;
    private final String connectionName;
    private @Nullable RequestOrigin lastOrigin;

    /// @param onAnswered what each request calls, on any thread, when it is answered
    RequestDecoder(Connection connection, ApiTable apis, Runnable onAnswered) {
        this.connection = connection;
        this.apis = apis;
        this.onAnswered = onAnswered;
        this.listenerName = new ListenerName(connection.listener());
        this.connectionName = connection.toString();
    }

    /// @return the request; whether it releases the frame, it says itself
    /// @throws InvalidFrameException why the connection has to be closed. Kafka closes, too: without a header there
    ///     is nothing to answer to, and a body that does not parse may have no error response
    PendingRequest decode(Authentication client, Frame frame) throws InvalidFrameException {
        ByteBuffer bytes = frame.bytes();
        try {
            RequestHeader header = RequestHeader.parse(bytes);
            String refusal = refusal(client, header.apiKey(), header.apiVersion());
            if (refusal != null) {
                throw new InvalidFrameException(refusal);
            }
            RequestContext context = contextOf(client, header);
            AbstractRequest body = context.parseRequest(bytes).request;
            Frame kept = keepsFrame(header.apiKey(), frame.sizeBytes()) ? frame : null;
            return new PendingRequest(context, body, originOf(client, header.clientId()), kept, onAnswered);
        } catch (RuntimeException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new InvalidFrameException(e.getMessage() + " (" + cause + ")");
        }
    }

    private static boolean keepsFrame(ApiKeys apiKey, int sizeBytes) {
        return sizeBytes > MAX_UNCHARGED_BYTES || !PARKED_WITHOUT_FRAME.contains(apiKey);
    }

    static boolean isSasl(ApiKeys apiKey) {
        return apiKey == ApiKeys.SASL_HANDSHAKE || apiKey == ApiKeys.SASL_AUTHENTICATE;
    }

    private @Nullable String refusal(Authentication client, ApiKeys apiKey, short apiVersion) {
        if (isSasl(apiKey)) {
            return apiKey.isVersionSupported(apiVersion) ? null : apiKey + " v" + apiVersion + " is not supported";
        }
        if (apiKey == ApiKeys.API_VERSIONS) {
            return null;
        }
        if (!client.isComplete()) {
            return apiKey + " before authentication";
        }
        if (client.hasExpired(Connection.nowMs())) {
            return "the session has expired without re-authentication";
        }
        return apis.serves(apiKey, apiVersion) ? null : apiKey + " v" + apiVersion + " is not served";
    }

    private RequestContext contextOf(Authentication client, RequestHeader header) {
        return new RequestContext(
                header,
                connectionName,
                connection.remoteAddress(),
                Optional.of(connection.remote().getPort()),
                principalOf(client),
                listenerName,
                connection.securityProtocol(),
                ClientInformation.EMPTY,
                false);
    }

    private RequestOrigin originOf(Authentication client, String clientId) {
        RequestOrigin last = lastOrigin;
        KafkaPrincipal principal = principalOf(client);
        if (last == null
                || !last.clientId().equals(clientId)
                || !last.principal().equals(principal)) {
            last = new RequestOrigin(
                    connection.id(),
                    clientId,
                    connection.remoteAddress().getHostAddress(),
                    connection.listener(),
                    connection.securityProtocol(),
                    principal,
                    connection.local().getAddress().getHostAddress(),
                    connection.local().getPort());
            lastOrigin = last;
        }
        return last;
    }

    private static KafkaPrincipal principalOf(Authentication client) {
        return client.isComplete() ? client.principal() : KafkaPrincipal.ANONYMOUS;
    }
}
