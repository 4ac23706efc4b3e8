package io.sampo.streams.connection;

import java.io.InterruptedIOException;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.requests.AbstractRequest;

/// A connection that is ready: authenticated, its versions known. Requests are answered in their order.
///
/// Thread rule: any thread.
interface Wire extends AutoCloseable {

    /// How a wire is made.
    @FunctionalInterface
    interface Connector {
        /// Tries the addresses of an endpoint in turn, until one can be used. Blocks.
        ///
        /// @param failures so far, which make it more patient
        /// @throws org.apache.kafka.common.errors.AuthenticationException when the other side refuses this
        ///     client, or this client the other side
        /// @throws RuntimeException of Kafka's when it cannot be reached or says what makes no sense
        /// @throws InterruptedIOException when the thread is interrupted
        Wire connect(Endpoint endpoint, Lane lane, int failures) throws InterruptedIOException;
    }

    NodeVersions versions();

    /// How long the other side believes the authentication, from its end; 0: for good (KIP-368).
    long sessionLifetimeMs();

    /// @param request in a version that the node speaks
    CompletionStage<Answer> send(AbstractRequest request);

    CompletionStage<Void> closed();

    @Override
    void close();
}
