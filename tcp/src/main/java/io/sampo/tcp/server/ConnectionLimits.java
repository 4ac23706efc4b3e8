package io.sampo.tcp.server;

import io.sampo.tcp.connection.SocketSettings;
import java.net.InetAddress;
import java.util.Map;

/// How many connections may be open; may change while the server runs. A connection above a limit is closed at
/// once,
/// one that is open stays when a limit becomes smaller.
///
/// @param maxConnections `max.connections`: of the node
/// @param maxConnectionsPerIp `max.connections.per.ip`: from one address
/// @param perIpOverrides `max.connections.per.ip.overrides`: in place of the former, for single addresses
public record ConnectionLimits(int maxConnections, int maxConnectionsPerIp, Map<InetAddress, Integer> perIpOverrides) {

    public ConnectionLimits {
        if (maxConnections < 0 || maxConnectionsPerIp < 0) {
            throw new IllegalArgumentException("a limit of connections is negative");
        }
        perIpOverrides = Map.copyOf(perIpOverrides);
    }

    static ConnectionLimits of(SocketSettings settings) {
        return new ConnectionLimits(settings.maxConnections(), settings.maxConnectionsPerIp(), Map.of());
    }

    int from(InetAddress address) {
        return perIpOverrides.getOrDefault(address, maxConnectionsPerIp);
    }
}
