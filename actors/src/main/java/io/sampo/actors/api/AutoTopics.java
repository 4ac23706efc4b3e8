package io.sampo.actors.api;

import java.util.concurrent.CompletionStage;

/// Creates topics that the broker itself needs, with the settings that Kafka gives them.
@FunctionalInterface
public interface AutoTopics {

    /// Asks for the topic; done when the controller has decided. A topic that exists already is not an error. Any
    /// thread; does not block.
    CompletionStage<?> createInternalTopic(String name);
}
