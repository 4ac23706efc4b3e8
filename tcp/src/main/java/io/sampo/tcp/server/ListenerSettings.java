package io.sampo.tcp.server;

import java.util.Map;
import org.apache.kafka.common.security.auth.SecurityProtocol;

/// One entry of `listeners`.
///
/// @param name as in `listeners`, e.g. `PLAINTEXT` or `EXTERNAL`
/// @param protocol from `listener.security.protocol.map`
/// @param host to bind to; "" for every address
/// @param port to bind to; 0 for a free one
/// @param securityConfigs `ssl.*`, `sasl.*` and `connections.max.reauth.ms` of the whole server.properties, with
///     `listener.name.<name>.` entries: those override the general ones on this listener
public record ListenerSettings(
        String name, SecurityProtocol protocol, String host, int port, Map<String, String> securityConfigs) {

    public ListenerSettings {
        securityConfigs = Map.copyOf(securityConfigs);
    }

    public ListenerSettings(String name, SecurityProtocol protocol, String host, int port) {
        this(name, protocol, host, port, Map.of());
    }
}
