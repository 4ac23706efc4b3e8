package io.sampo.actors.metadata;

import org.apache.kafka.common.protocol.Errors;

/// How a command ended at the controller's node.
sealed interface ControllerOutcome {

    /// @param response of the command's type of answer
    /// @param offset of the metadata that the answer rests on: a node that has read so far knows all of it
    record Done(Object response, long offset) implements ControllerOutcome {}

    record Refused(Errors error, String message) implements ControllerOutcome {}

    /// That node is not the controller, or not yet: nothing was decided.
    record StandingBy() implements ControllerOutcome {}
}
