package io.sampo.tcp.server;

import io.sampo.tcp.connection.Connection;
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

    private ConnectionLimits limits;
    private final Map<Long, Connection> open = new ConcurrentHashMap<>();
    private final Map<InetAddress, Integer> countByAddress = new HashMap<>();
    private int count;

    Connections(ConnectionLimits limits) {
        this.limits = limits;
    }

    /// Holds for connections that are accepted from now on.
    synchronized void changeLimits(ConnectionLimits changed) {
        limits = changed;
    }

    /// Takes a place for a connection from `address`.
    ///
    /// @return why there is none, or null when it was taken
    synchronized @Nullable String admit(InetAddress address) {
        if (count >= limits.maxConnections()) {
            return "max.connections = " + limits.maxConnections() + " are open";
        }
        int fromAddress = countByAddress.getOrDefault(address, 0);
        if (fromAddress >= limits.from(address)) {
            return "max.connections.per.ip = " + limits.from(address) + " are open from this address";
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
