package io.sampo.actors.group;

import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;

/// Where the answer to one question to a coordinator goes. Exactly one of the two is called, on any thread; neither
/// may block.
public interface GroupReply {

    /// @param response of the API that the question belongs to
    void answered(ApiMessage response);

    /// The coordinator cannot answer: NOT_COORDINATOR, COORDINATOR_LOAD_IN_PROGRESS, COORDINATOR_NOT_AVAILABLE, ...
    void failed(Errors error);
}
