package io.sampo.core.config;

import java.util.Collection;
import java.util.Collections;
import java.util.List;
import org.apache.kafka.common.config.ConfigDef;
import org.jspecify.annotations.Nullable;

/// All broker settings that Sampo knows: Kafka's, under Kafka's names and with Kafka's defaults, and its own
/// (`sampo.`).
///
/// Immutable; any thread.
public final class BrokerKeys {
    private static final KeyTable TABLE = new KeyTable();

    /// Keys that mean the same in different units or under an older name, strongest first.
    private static final List<List<String>> SYNONYM_GROUPS = List.of(
            List.of("log.roll.ms", "log.roll.hours"),
            List.of("log.roll.jitter.ms", "log.roll.jitter.hours"),
            List.of("log.flush.interval.ms", "log.flush.scheduler.interval.ms"),
            List.of("log.retention.ms", "log.retention.minutes", "log.retention.hours"),
            List.of("log.dirs", "log.dir"),
            List.of("node.id", "broker.id"));

    static {
        NodeKeys.define(TABLE);
        ClusterKeys.define(TABLE);
        LogKeys.define(TABLE);
        CoordinatorKeys.define(TABLE);
        SecurityKeys.define(TABLE);
        OtherKeys.define(TABLE);
    }

    private BrokerKeys() {}

    public static Collection<BrokerKey> all() {
        return Collections.unmodifiableCollection(TABLE.keys.values());
    }

    /// The key of that name; for `listener.name.<name>.<key>` the key it overrides.
    public static @Nullable BrokerKey key(String name) {
        BrokerKey key = TABLE.keys.get(name);
        if (key != null || !name.startsWith(BrokerConfig.LISTENER_PREFIX)) {
            return key;
        }
        // listener.name.<listener>.[<mechanism>.]<key>: listener names have no dot, mechanisms neither
        int afterListener = name.indexOf('.', BrokerConfig.LISTENER_PREFIX.length());
        if (afterListener < 0) {
            return null;
        }
        String rest = name.substring(afterListener + 1);
        BrokerKey plain = TABLE.keys.get(rest);
        return plain != null ? plain : TABLE.keys.get(rest.substring(rest.indexOf('.') + 1));
    }

    /// Whether a running node takes a new value of `name`. A setting of one listener is read at start only.
    public static boolean dynamic(String name) {
        BrokerKey key = TABLE.keys.get(name);
        return key != null && key.updateMode() == BrokerKey.UpdateMode.CLUSTER_WIDE;
    }

    /// The key and those with the same meaning, strongest first.
    public static List<String> synonyms(String name) {
        for (List<String> group : SYNONYM_GROUPS) {
            int index = group.indexOf(name);
            if (index >= 0) {
                return group.subList(index, group.size());
            }
        }
        return List.of(name);
    }

    static ConfigDef definition() {
        return TABLE.definition;
    }
}
