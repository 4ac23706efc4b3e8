package io.sampo.core.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.security.auth.SecurityProtocol;

/// One entry of `listeners` or `advertised.listeners`.
///
/// @param name in upper case
/// @param host "" means all addresses
/// @param port 0: any free one
public record Listener(String name, String host, int port, SecurityProtocol protocol) {

    /// Parses a list of `name://host:port`; IPv6 addresses stand in brackets.
    ///
    /// @throws ConfigException that names the key and the entry
    static List<Listener> parse(String key, List<String> entries, String protocolMap) {
        Map<String, SecurityProtocol> protocols = protocols(protocolMap);
        List<Listener> listeners = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (String entry : entries) {
            Listener listener = parse(key, entry.trim(), protocols);
            if (!names.add(listener.name)) {
                throw new ConfigException(key, String.join(",", entries), "Two listeners are named " + listener.name);
            }
            listeners.add(listener);
        }
        return listeners;
    }

    private static Listener parse(String key, String entry, Map<String, SecurityProtocol> protocols) {
        int scheme = entry.indexOf("://");
        int colon = entry.lastIndexOf(':');
        if (scheme <= 0 || colon <= scheme) {
            throw new ConfigException(key, entry, "Expected name://host:port");
        }
        String name = entry.substring(0, scheme).toUpperCase(Locale.ROOT);
        String host = entry.substring(scheme + 3, colon);
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        }
        SecurityProtocol protocol = protocols.get(name);
        if (protocol == null) {
            throw new ConfigException(key, entry, "listener.security.protocol.map has no entry for " + name);
        }
        return new Listener(name, host, port(key, entry, entry.substring(colon + 1)), protocol);
    }

    private static int port(String key, String entry, String text) {
        try {
            int port = Integer.parseInt(text);
            if (port >= 0 && port <= 65_535) {
                return port;
            }
        } catch (NumberFormatException e) {
            // told below
        }
        throw new ConfigException(key, entry, "Expected a port from 0 to 65535 after the last colon");
    }

    private static Map<String, SecurityProtocol> protocols(String map) {
        Map<String, SecurityProtocol> protocols = new HashMap<>();
        for (String entry : map.split(",", -1)) {
            int colon = entry.lastIndexOf(':');
            try {
                protocols.put(
                        entry.substring(0, colon).trim().toUpperCase(Locale.ROOT),
                        SecurityProtocol.forName(
                                entry.substring(colon + 1).trim().toUpperCase(Locale.ROOT)));
            } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
                throw new ConfigException(
                        "listener.security.protocol.map",
                        map,
                        "Expected name:protocol with a protocol of PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL");
            }
        }
        return protocols;
    }
}
