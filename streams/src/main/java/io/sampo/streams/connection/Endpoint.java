package io.sampo.streams.connection;

import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.utils.Utils;

/// Where a broker listens.
///
/// @param host name or IP address, without brackets
/// @param port 1 to 65535
public record Endpoint(String host, int port) {

    private static final String BOOTSTRAP_SERVERS = "bootstrap.servers";

    /// The entries of `bootstrap.servers`, in their order.
    ///
    /// @throws ConfigException when there is none, or one that is not `host:port`
    static List<Endpoint> parse(List<String> bootstrapServers) {
        List<Endpoint> endpoints = new ArrayList<>();
        for (String entry : bootstrapServers) {
            if (entry.isBlank()) {
                continue;
            }
            String host = Utils.getHost(entry.trim());
            Integer port = portOf(entry.trim());
            if (host == null || host.isEmpty() || port == null || port < 1 || port > 65_535) {
                throw new ConfigException(BOOTSTRAP_SERVERS, entry, "must be host:port");
            }
            endpoints.add(new Endpoint(host, port));
        }
        if (endpoints.isEmpty()) {
            throw new ConfigException(BOOTSTRAP_SERVERS, bootstrapServers, "names no broker");
        }
        return List.copyOf(endpoints);
    }

    private static Integer portOf(String entry) {
        try {
            return Utils.getPort(entry);
        } catch (NumberFormatException e) {
            throw new ConfigException(BOOTSTRAP_SERVERS, entry, "has no usable port");
        }
    }

    @Override
    public String toString() {
        return host + ":" + port;
    }
}
