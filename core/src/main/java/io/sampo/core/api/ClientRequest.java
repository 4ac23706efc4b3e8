package io.sampo.core.api;

import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;

/// One decoded request and the way to answer it. Made by the connection, answered by an API handler.
///
/// Memory: record batches in the body are views of the connection's buffer. They stay valid until one of the three
/// answers is
/// given, also when the client has gone away meanwhile; so answer only when nothing reads them any more, and answer
/// always.
///
/// Thread rule: an answer may come from any thread, exactly one per request.
public interface ClientRequest {

    ApiKeys apiKey();

    short apiVersion();

    AbstractRequest body();

    RequestOrigin origin();

    /// Sends the response, after those of all earlier requests of the connection.
    void respond(AbstractResponse response);

    /// The client expects no response (produce with acks=0 that succeeded).
    void respondNothing();

    /// Closes the connection, as Kafka does where the protocol has no way to tell the client (acks=0 that failed).
    void disconnect(String reason);
}
