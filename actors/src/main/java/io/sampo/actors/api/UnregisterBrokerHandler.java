package io.sampo.actors.api;

import io.sampo.actors.metadata.ControllerClient;
import io.sampo.core.api.ClientRequest;
import io.sampo.core.api.RequestHandler;
import io.sampo.core.metadata.ControllerCommand;
import org.apache.kafka.common.requests.UnregisterBrokerRequest;
import org.apache.kafka.common.requests.UnregisterBrokerResponse;

/// UnregisterBroker (v0): a node that does not come back is struck off. A node that runs registers again when it
/// starts next.
public final class UnregisterBrokerHandler implements RequestHandler {
    private final ControllerClient controller;

    public UnregisterBrokerHandler(ControllerClient controller) {
        this.controller = controller;
    }

    @Override
    public void handle(ClientRequest request) {
        UnregisterBrokerRequest body = (UnregisterBrokerRequest) request.body();
        Answers.whenDone(
                request,
                controller.submit(new ControllerCommand.UnregisterNode(body.data())),
                UnregisterBrokerResponse::new);
    }
}
