package io.sampo.actors.metadata;

import io.sampo.core.metadata.ControllerCommand;
import java.util.concurrent.CompletionStage;

/// The way to the controller, wherever it is: for API handlers, coordinators and the node's start.
///
/// Thread rule: any thread; never blocks.
@FunctionalInterface
public interface ControllerClient {

    /// Asks for a change of metadata. The answer comes once the change is committed and this node's image shows it.
    ///
    /// @return fails with a Kafka `ApiException`: NotControllerException when there is no controller for too long
    ///     or
    ///         leadership was lost before the commit (the outcome is then unknown), otherwise what refused the
    ///         command
    <R> CompletionStage<R> submit(ControllerCommand<R> command);
}
