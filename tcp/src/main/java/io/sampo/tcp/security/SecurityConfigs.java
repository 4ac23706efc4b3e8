package io.sampo.tcp.security;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.internals.BrokerSecurityConfigs;
import org.apache.kafka.common.config.types.Password;
import org.apache.kafka.common.network.ListenerName;
import org.jspecify.annotations.Nullable;

/// The security settings of one listener: Kafka's names, parsed by Kafka's definitions, with the values of
/// `listener.name.<name>.` over the general ones.
final class SecurityConfigs {

    private final Map<String, Object> values;
    private final Map<String, Object> own;

    /// @param serverProperties the whole server.properties, or at least what concerns security
    SecurityConfigs(String listener, Map<String, String> serverProperties) {
        String prefix = new ListenerName(listener).configPrefix();
        AbstractConfig config = new AbstractConfig(BrokerSecurityConfigs.CONFIG_DEF, serverProperties, false);
        this.values = new HashMap<>(config.valuesWithPrefixOverride(prefix));
        this.own = config.originalsWithPrefix(prefix);
        own.forEach((name, value) -> {
            if (!values.containsKey(name)) {
                // Settings of one mechanism: `plain.sasl.jaas.config` and the like.
                values.put(name, name.endsWith("sasl.jaas.config") ? new Password((String) value) : value);
            }
        });
    }

    /// Typed as kafka-clients wants them.
    Map<String, Object> values() {
        return values;
    }

    /// Whether the listener itself, not the node, says so.
    boolean hasOwn(String name) {
        return own.containsKey(name);
    }

    @Nullable
    Object value(String name) {
        return values.get(name);
    }

    /// The mechanism's own value of this listener, else the listener's, else the node's.
    @Nullable
    Object value(String mechanism, String name) {
        Object ofMechanism = values.get(ListenerName.saslMechanismPrefix(mechanism) + name);
        return ofMechanism == null ? values.get(name) : ofMechanism;
    }
}
