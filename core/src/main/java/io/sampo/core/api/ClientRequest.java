package io.sampo.core.api;

import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;

/// One decoded request and the way to answer it. Made by the connection, answered by an API handler.
///
/// Memory: record batches in the body are views of the connection's buffer. They stay valid until one of the three
/// answers is given, also when the client has gone away meanwhile; so answer only when nothing reads them any more,
/// and answer always.
///
/// Thread rule: an answer may come from any thread, exactly one per request.
public interface ClientRequest {

    ApiKeys apiKey();

    short apiVersion();

    AbstractRequest body();

    RequestOrigin origin();

    /// Whether the connection has gone, so that no answer reaches the client any more. Once true it stays true. The
    /// request has to be answered all the same.
    ///
    /// Any thread; a volatile read. Never, for a request that came by no connection.
    default boolean isAbandoned() {
        return false;
    }

    /// For a request that waits: calls `task` once if the connection goes before the request is answered; at once,
    /// on the calling thread, if it has gone already. Otherwise on the connection's thread: the task must not
    /// block. It may come while the answer is being given on another thread.
    ///
    /// A connection that has as many requests in flight as it may does not read, and then its end is not seen
    /// before one of them is answered: a wait needs a deadline besides.
    ///
    /// At most one task per request.
    default void onAbandoned(Runnable task) {}

    /// Sends the response, after those of all earlier requests of the connection.
    void respond(AbstractResponse response);

    /// The client expects no response (produce with acks=0 that succeeded).
    void respondNothing();

    /// Closes the connection, as Kafka does where the protocol has no way to tell the client (acks=0 that failed).
    void disconnect(String reason);
}
