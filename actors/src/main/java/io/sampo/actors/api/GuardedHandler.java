package io.sampo.actors.api;

import io.sampo.core.api.ClientRequest;
import io.sampo.core.api.RequestHandler;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Answers for a handler that throws: with the error code that the exception maps to, or by closing the connection
/// where the request has no error response (produce with acks=0).
///
/// A handler that throws must not have answered yet.
public final class GuardedHandler implements RequestHandler {
    private static final Logger log = LoggerFactory.getLogger(GuardedHandler.class);

    private final RequestHandler handler;

    public GuardedHandler(RequestHandler handler) {
        this.handler = handler;
    }

    @Override
    public void handle(ClientRequest request) {
        try {
            handler.handle(request);
        } catch (RuntimeException failure) {
            fail(request, failure);
        }
    }

    /// Gives `request` the answer that `failure` maps to.
    static void fail(ClientRequest request, RuntimeException failure) {
        Errors error = Errors.forException(failure);
        if (error == Errors.UNKNOWN_SERVER_ERROR) {
            log.error("{} v{} from {} failed", request.apiKey(), request.apiVersion(), request.origin(), failure);
        }
        AbstractResponse response = request.body().getErrorResponse(0, failure);
        if (response == null) {
            request.disconnect(error.name());
        } else {
            request.respond(response);
        }
    }
}
