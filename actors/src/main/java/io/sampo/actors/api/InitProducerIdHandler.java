package io.sampo.actors.api;

import io.sampo.actors.metadata.ProducerIds;
import io.sampo.core.api.ClientRequest;
import io.sampo.core.api.RequestHandler;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.InitProducerIdRequest;
import org.apache.kafka.common.requests.InitProducerIdResponse;

/// InitProducerId (v0 to v5) for idempotent producers: each request gets an id that nobody had before, with epoch
/// 0.
///
/// Transactions are not served yet: a transactional id gets UNSUPPORTED_VERSION, which clients treat as fatal, so
/// that a transactional producer fails at once with a clear error and is not left retrying.
public final class InitProducerIdHandler implements RequestHandler {
    private final ProducerIds producerIds;

    public InitProducerIdHandler(ProducerIds producerIds) {
        this.producerIds = producerIds;
    }

    @Override
    public void handle(ClientRequest request) {
        String transactionalId = ((InitProducerIdRequest) request.body()).data().transactionalId();
        if (transactionalId != null) {
            Errors error = transactionalId.isEmpty() ? Errors.INVALID_REQUEST : Errors.UNSUPPORTED_VERSION;
            request.respond(new InitProducerIdResponse(new InitProducerIdResponseData()
                    .setErrorCode(error.code())
                    .setProducerId(-1)
                    .setProducerEpoch((short) -1)));
            return;
        }
        Answers.whenDone(
                request,
                producerIds.next(),
                producerId -> new InitProducerIdResponse(new InitProducerIdResponseData()
                        .setProducerId(producerId)
                        .setProducerEpoch((short) 0)));
    }
}
