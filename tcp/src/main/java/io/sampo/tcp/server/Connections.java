package io.sampo.tcp.server;

import io.sampo.tcp.connection.Connection;
import io.sampo.tcp.connection.SocketSettings;
import java.net.InetAddress;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The open connections of a server, and how many there may be.
///
/// Thread rule: any thread.
final class Connections {

    private final SocketSettings settings;
    private final Map<Long, Connection> open = new ConcurrentHashMap<>();
    private final Map<InetAddress, Integer> countByAddress = new HashMap<>();
    private int count;

    Connections(SocketSettings settings) {
        this.settings = settings;
    }

    /// Takes a place for a connection from `address`.
    ///
    /// @return why there is none, or null when it was taken
    synchronized @Nullable String admit(InetAddress address) {
        if (count >= settings.maxConnections()) {
            return "max.connections = " + settings.maxConnections() + " are open";
        }
        int fromAddress = countByAddress.getOrDefault(address, 0);
        if (fromAddress >= settings.maxConnectionsPerIp()) {
            return "max.connections.per.ip = " + settings.maxConnectionsPerIp() + " are open from this address";
        }
        count++;
        countByAddress.put(address, fromAddress + 1);
        return null;
    }

    void opened(Connection connection) {
        open.put(connection.id(), connection);
    }

    /// Gives the place of an admitted connection back.
    void closed(long id, InetAddress address) {
        open.remove(id);
        synchronized (this) {
            count--;
            countByAddress.computeIfPresent(address, (_, n) -> n == 1 ? null : n - 1);
            notifyAll();
        }
    }

    synchronized int count() {
        return count;
    }

    Collection<Connection> all() {
        return open.values();
    }

    void closeOverdue(long nowMs) {
        for (Connection connection : open.values()) {
            String reason = connection.overdue(nowMs);
            if (reason != null) {
                connection.close(reason);
            }
        }
    }
}
