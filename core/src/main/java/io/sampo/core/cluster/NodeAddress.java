package io.sampo.core.cluster;

import java.util.Comparator;

/// Where a node is reached by other nodes. Two addresses are the same only when they are written the same way.
///
/// @param host a name or an address; an IPv6 address without brackets
public record NodeAddress(String host, int port) implements Comparable<NodeAddress> {
    private static final int MAX_PORT = 65_535;
    private static final Comparator<NodeAddress> ORDER =
            Comparator.comparing(NodeAddress::host).thenComparingInt(NodeAddress::port);

    /// Parses `host:port`; an IPv6 address stands in brackets.
    ///
    /// @throws IllegalArgumentException for anything else
    public static NodeAddress parse(String text) {
        String trimmed = text.trim();
        int colon = trimmed.lastIndexOf(':');
        String host = colon < 0 ? "" : trimmed.substring(0, colon);
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        } else if (host.indexOf(':') >= 0) {
            host = "";
        }
        int port = port(trimmed.substring(colon + 1));
        if (host.isEmpty() || port < 0 || port > MAX_PORT) {
            throw new IllegalArgumentException("not HOST:PORT: " + text);
        }
        return new NodeAddress(host, port);
    }

    private static int port(String digits) {
        try {
            return Integer.parseInt(digits);
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    @Override
    public int compareTo(NodeAddress other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}
