package io.sampo.core.config;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.types.Password;
import org.apache.kafka.common.requests.DescribeConfigsResponse.ConfigSource;
import org.jspecify.annotations.Nullable;

/// The configuration of a node: what was given at start (`server.properties`, `--set`) over the defaults.
///
/// Immutable; any thread. Typed getters take Kafka's name of the key; an unknown name is a bug and throws
/// IllegalArgumentException.
public final class BrokerConfig {
    static final String LISTENER_PREFIX = "listener.name.";

    private final SortedMap<String, String> given;
    private final Map<String, Object> values;
    private final List<String> warnings;

    private BrokerConfig(SortedMap<String, String> given, Map<String, Object> values, List<String> warnings) {
        this.given = given;
        this.values = values;
        this.warnings = List.copyOf(warnings);
    }

    /// @throws ConfigException for an invalid value; its message names the key, the value and what was expected
    public static BrokerConfig parse(Map<String, String> properties) {
        SortedMap<String, String> known = new TreeMap<>();
        List<String> warnings = new ArrayList<>();
        new TreeMap<>(properties).forEach((name, value) -> {
            BrokerKey key = BrokerKeys.key(name);
            if (key != null) {
                known.put(name, value);
                if (key.use() == BrokerKey.Use.UNUSED) {
                    warnings.add(name + " has no effect: " + key.documentation());
                } else if (name.startsWith(LISTENER_PREFIX) && !SecurityKeys.perListener(key)) {
                    warnings.add(name + " has no effect: only settings of TLS and SASL may differ between listeners");
                }
            } else if (OtherKeys.knownToKafka(name)) {
                warnings.add(name + " is a setting of Kafka that Sampo does not use");
            } else {
                warnings.add(name + " is not a known setting");
            }
        });
        BrokerConfig config = new BrokerConfig(known, BrokerKeys.definition().parse(known), warnings);
        config.check();
        return config;
    }

    private void check() {
        if (listeners().isEmpty()) {
            throw new ConfigException("listeners", given.get("listeners"), "At least one listener is needed");
        }
        advertisedListeners();
        maxConnectionsPerIpOverrides();
        requireAtMost("group.min.session.timeout.ms", "group.max.session.timeout.ms");
        if (logDirs().size() > 1) {
            throw new ConfigException("log.dirs", given.get("log.dirs"), "Only one directory is supported now");
        }
        if (given.containsKey("node.id")
                && given.containsKey("broker.id")
                && getInt("node.id") != getInt("broker.id")) {
            throw new ConfigException("broker.id", given.get("broker.id"), "It differs from node.id");
        }
        cluster().check();
        // The topic settings that follow from this configuration must be valid too.
        new TopicConfigs(this).effective(Map.of(), DynamicConfigs.NONE);
    }

    private void requireAtMost(String lower, String upper) {
        if (getInt(lower) > getInt(upper)) {
            throw new ConfigException(
                    lower, getInt(lower), "It must not be larger than " + upper + " = " + getInt(upper));
        }
    }

    /// One line for each given key that has no effect.
    public List<String> warnings() {
        return warnings;
    }

    /// What was given, without unknown keys.
    public SortedMap<String, String> given() {
        return new TreeMap<>(given);
    }

    /// This configuration with the dynamic settings on top.
    ///
    /// @throws ConfigException when it is not valid with them; what the controller accepted is, unless the file
    ///     changed
    public BrokerConfig with(DynamicConfigs dynamic) {
        if (dynamic.node().isEmpty() && dynamic.cluster().isEmpty()) {
            return this;
        }
        SortedMap<String, String> merged = new TreeMap<>(given);
        merged.putAll(dynamic.merged());
        BrokerConfig changed = new BrokerConfig(merged, BrokerKeys.definition().parse(merged), warnings);
        changed.check();
        return changed;
    }

    public int nodeId() {
        return !given.containsKey("node.id") && getInt("broker.id") >= 0 ? getInt("broker.id") : getInt("node.id");
    }

    /// Empty when neither `node.id` nor `broker.id` was given.
    public OptionalInt givenNodeId() {
        boolean given = this.given.containsKey("node.id") || getInt("broker.id") >= 0;
        return given ? OptionalInt.of(nodeId()) : OptionalInt.empty();
    }

    /// Where other nodes are, and this one for them.
    public ClusterAddresses cluster() {
        return new ClusterAddresses(this);
    }

    public Optional<String> rack() {
        return findString("broker.rack");
    }

    /// Empty when neither `log.dirs` nor `log.dir` is set.
    public List<String> logDirs() {
        Object dirs = values.get("log.dirs");
        if (dirs != null) {
            return ((Collection<?>) dirs).stream().map(String::valueOf).toList();
        }
        return findString("log.dir").map(List::of).orElse(List.of());
    }

    public List<Listener> listeners() {
        return Listener.parse("listeners", getList("listeners"), getString("listener.security.protocol.map"));
    }

    /// Empty when clients are told the address that they dialled.
    public List<Listener> advertisedListeners() {
        Object entries = values.get("advertised.listeners");
        if (entries == null) {
            return List.of();
        }
        List<Listener> advertised = Listener.parse(
                "advertised.listeners", getList("advertised.listeners"), getString("listener.security.protocol.map"));
        for (Listener listener : advertised) {
            if (listener.host().isEmpty() || listener.host().equals("0.0.0.0")) {
                throw new ConfigException(
                        "advertised.listeners",
                        given.get("advertised.listeners"),
                        "Clients cannot connect to an address that means all addresses; name one");
            }
        }
        return advertised;
    }

    /// `max.connections.per.ip.overrides`: connections by host name or address. An IPv6 address may stand as it
    /// is, as the number follows the last colon.
    public Map<String, Integer> maxConnectionsPerIpOverrides() {
        String key = "max.connections.per.ip.overrides";
        Map<String, Integer> byHost = new TreeMap<>();
        for (String entry : getString(key).split(",", -1)) {
            if (entry.isBlank()) {
                continue;
            }
            int colon = entry.lastIndexOf(':');
            try {
                int count = Integer.parseInt(entry.substring(colon + 1).trim());
                if (colon < 1 || count < 0) {
                    throw new NumberFormatException("host or number is missing");
                }
                byHost.put(entry.substring(0, colon).trim(), count);
            } catch (NumberFormatException e) {
                throw new ConfigException(key, entry, "Expected host:count, the count 0 or more");
            }
        }
        return byHost;
    }

    /// The settings as the security classes of kafka-clients want them for one listener: those under
    /// `listener.name.<name>.` replace the general ones; keys of one mechanism keep their prefix `<mechanism>.`.
    public Map<String, Object> forListener(String listenerName) {
        Map<String, Object> merged = new HashMap<>(values);
        String prefix = LISTENER_PREFIX + listenerName.toLowerCase(Locale.ROOT) + ".";
        given.forEach((name, value) -> {
            if (name.startsWith(prefix)) {
                String rest = name.substring(prefix.length());
                BrokerKey key = BrokerKeys.key(name);
                merged.put(rest, key == null ? value : ConfigDef.parseType(name, value, key.definition().type));
            }
        });
        return merged;
    }

    public int getInt(String name) {
        return ((Number) required(name)).intValue();
    }

    public long getLong(String name) {
        return ((Number) required(name)).longValue();
    }

    public double getDouble(String name) {
        return ((Number) required(name)).doubleValue();
    }

    public boolean getBoolean(String name) {
        return (Boolean) required(name);
    }

    public String getString(String name) {
        return String.valueOf(required(name));
    }

    public Optional<String> findString(String name) {
        return Optional.ofNullable(value(name)).map(String::valueOf);
    }

    public List<String> getList(String name) {
        return ((Collection<?>) required(name)).stream().map(String::valueOf).toList();
    }

    public Optional<Password> findPassword(String name) {
        return Optional.ofNullable((Password) value(name));
    }

    private Object required(String name) {
        Object value = value(name);
        if (value == null) {
            throw new IllegalArgumentException("no value for " + name);
        }
        return value;
    }

    private @Nullable Object value(String name) {
        if (!values.containsKey(name)) {
            throw new IllegalArgumentException("no such setting: " + name);
        }
        return values.get(name);
    }

    /// Every broker setting with its value and source, for DescribeConfigs.
    public List<ConfigValue> describe(DynamicConfigs dynamic) {
        List<ConfigValue> described = new ArrayList<>();
        for (BrokerKey key : BrokerKeys.all()) {
            described.add(describe(key, key.name(), dynamic));
        }
        for (String name : given.keySet()) {
            BrokerKey key = BrokerKeys.key(name);
            if (name.startsWith(LISTENER_PREFIX) && key != null) {
                described.add(describe(key, name, dynamic));
            }
        }
        return described;
    }

    private ConfigValue describe(BrokerKey key, String name, DynamicConfigs dynamic) {
        List<ConfigValue.Synonym> synonyms = new ArrayList<>();
        boolean hidden = key.sensitive();
        for (String synonym : BrokerKeys.synonyms(name)) {
            add(synonyms, synonym, dynamic.node().get(synonym), ConfigSource.DYNAMIC_BROKER_CONFIG, hidden);
            add(synonyms, synonym, dynamic.cluster().get(synonym), ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG, hidden);
            add(synonyms, synonym, given.get(synonym), ConfigSource.STATIC_BROKER_CONFIG, hidden);
        }
        String value = null;
        ConfigSource source = ConfigSource.DEFAULT_CONFIG;
        // A value under a synonym is not this key's own: it shows among the synonyms only.
        for (ConfigValue.Synonym synonym : synonyms) {
            if (synonym.name().equals(name)) {
                value = synonym.value();
                source = synonym.source();
                break;
            }
        }
        if (source == ConfigSource.DEFAULT_CONFIG) {
            value = hidden ? null : key.defaultText();
        }
        if (key.defaultText() != null) {
            add(synonyms, name, key.defaultText(), ConfigSource.DEFAULT_CONFIG, hidden);
        }
        return new ConfigValue(
                name,
                value,
                source,
                !BrokerKeys.dynamic(name),
                hidden,
                ConfigValue.wireType(key.definition().type),
                key.documentation(),
                synonyms);
    }

    private static void add(
            List<ConfigValue.Synonym> synonyms,
            String name,
            @Nullable String value,
            ConfigSource source,
            boolean hidden) {
        if (value != null) {
            synonyms.add(new ConfigValue.Synonym(name, hidden ? null : value, source));
        }
    }
}
