package io.sampo.core.api;

/// Answers the requests of one API or one family of them.
///
/// Thread rule: called on the connection's thread, which other connections share: it must not block. An exception
/// that escapes is answered with the error code that it maps to (`Errors.forException`).
@FunctionalInterface
public interface RequestHandler {

    void handle(ClientRequest request);
}
