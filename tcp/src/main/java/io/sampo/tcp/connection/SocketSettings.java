package io.sampo.tcp.connection;

/// Limits of connections. Each can be reached by a stranger, so each has a value. Kafka's setting is named where
/// there is one; the others are `sampo.*`.
///
/// @param socketRequestMaxBytes `socket.request.max.bytes`: largest frame of an authenticated client
/// @param queuedMaxRequestBytes `queued.max.request.bytes`: memory of all unanswered requests of the node. Above it
///     connections are not read from; one frame at a time may exceed it, so that the node always goes on
/// @param maxConnections `max.connections`: a connection above it is closed at once
/// @param maxConnectionsPerIp `max.connections.per.ip`
/// @param connectionsMaxIdleMs `connections.max.idle.ms`: without a byte in either direction and nothing in flight
/// @param authenticationMaxBytes `sasl.server.max.receive.size`: largest frame before authentication
/// @param authenticationTimeoutMs `sampo.authentication.timeout.ms`: from accept to authenticated, TLS included
/// @param failedAuthenticationDelayMs `connection.failed.authentication.delay.ms`: answer and close this much later
/// @param frameTimeoutMs `sampo.frame.timeout.ms`: from the first byte of a frame to its last
/// @param slowReaderTimeoutMs `sampo.slow.reader.timeout.ms`: an answer waits and the client takes not one byte of
///     it
/// @param maxInFlightRequestsPerConnection `sampo.max.in.flight.requests.per.connection`: unanswered requests
///     before
///     the connection is no longer read from
/// @param listenBacklog `socket.listen.backlog.size`
/// @param receiveBufferBytes `socket.receive.buffer.bytes`; -1: the system's default
/// @param sendBufferBytes `socket.send.buffer.bytes`; -1: the system's default
/// @param transport `sampo.tcp.transport`
public record SocketSettings(
        int socketRequestMaxBytes,
        long queuedMaxRequestBytes,
        int maxConnections,
        int maxConnectionsPerIp,
        long connectionsMaxIdleMs,
        int authenticationMaxBytes,
        long authenticationTimeoutMs,
        long failedAuthenticationDelayMs,
        long frameTimeoutMs,
        long slowReaderTimeoutMs,
        int maxInFlightRequestsPerConnection,
        int listenBacklog,
        int receiveBufferBytes,
        int sendBufferBytes,
        Transport transport) {

    public enum Transport {
        /// Own stage over a non-blocking socket on an event loop.
        EVENT_LOOP,
        /// Pekko's `Tcp().bind`, for comparison. TLS listeners use the event loop all the same.
        PEKKO
    }

    public SocketSettings {
        if (socketRequestMaxBytes < 1
                || queuedMaxRequestBytes < 1
                || maxConnections < 0
                || maxConnectionsPerIp < 0
                || connectionsMaxIdleMs < 1
                || authenticationMaxBytes < 1
                || authenticationTimeoutMs < 1
                || failedAuthenticationDelayMs < 0
                || frameTimeoutMs < 1
                || slowReaderTimeoutMs < 1
                || maxInFlightRequestsPerConnection < 1
                || listenBacklog < 0) {
            throw new IllegalArgumentException("a limit is out of its range");
        }
    }

    public static SocketSettings defaults() {
        return new SocketSettings(
                100 * 1024 * 1024,
                256L * 1024 * 1024,
                Integer.MAX_VALUE,
                Integer.MAX_VALUE,
                600_000,
                512 * 1024,
                10_000,
                100,
                30_000,
                60_000,
                5,
                50,
                102_400,
                102_400,
                Transport.EVENT_LOOP);
    }
}
