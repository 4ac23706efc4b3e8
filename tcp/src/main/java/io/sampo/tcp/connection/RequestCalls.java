package io.sampo.tcp.connection;

import io.sampo.core.api.ApiTable;
import org.apache.kafka.common.network.Send;
import org.apache.kafka.common.requests.AbstractResponse;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Calls the handlers of one connection's requests and encodes their answers. What fails becomes an error response,
/// or the end of the connection where there is none.
///
/// Thread rule: the connection's thread.
final class RequestCalls {

    private static final Logger log = LoggerFactory.getLogger(RequestCalls.class);

    private final Connection connection;
    private final ApiTable apis;

    RequestCalls(Connection connection, ApiTable apis) {
        this.connection = connection;
        this.apis = apis;
    }

    void handle(PendingRequest request) {
        try {
            apis.entry(request.apiKey())
                    .orElseThrow(() -> new IllegalStateException("no handler for " + request.apiKey()))
                    .handler()
                    .handle(request);
        } catch (RuntimeException | StackOverflowError e) {
            log.warn("{} of {} failed", request, connection, e);
            if (request.state() == PendingRequest.WAITING) {
                AbstractResponse error = errorResponse(request, e);
                if (error == null) {
                    request.disconnect("the request failed and the client expects no answer");
                } else {
                    request.respond(error);
                }
            }
        }
    }

    private static @Nullable AbstractResponse errorResponse(PendingRequest request, Throwable e) {
        try {
            return request.body().getErrorResponse(e);
        } catch (RuntimeException none) {
            log.debug("no error response for {}", request, none);
            return null;
        }
    }

    /// Null when no answer can be made: the connection has to be closed.
    @Nullable
    Send encode(PendingRequest request) {
        try {
            return request.context().buildResponseSend(request.response());
        } catch (RuntimeException e) {
            log.error("The response to {} of {} cannot be encoded", request, connection, e);
            try {
                AbstractResponse error = request.body().getErrorResponse(e);
                return error == null ? null : request.context().buildResponseSend(error);
            } catch (RuntimeException again) {
                log.debug("nor can its error response", again);
                return null;
            }
        }
    }

    /// The connection has gone.
    void abandon(PendingRequest request) {
        try {
            request.abandon();
        } catch (RuntimeException e) {
            log.warn("{} of {} failed when the connection had gone", request, connection, e);
        }
    }
}
