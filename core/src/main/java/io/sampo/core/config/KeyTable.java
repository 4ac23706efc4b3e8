package io.sampo.core.config;

import io.sampo.core.config.BrokerKey.UpdateMode;
import io.sampo.core.config.BrokerKey.Use;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigDef.Validator;
import org.jspecify.annotations.Nullable;

/// Collects the definitions of broker settings while the classes are loaded.
final class KeyTable {
    final ConfigDef definition = new ConfigDef();
    final Map<String, BrokerKey> keys = new LinkedHashMap<>();

    /// A key of Kafka that is obeyed and read at start.
    KeyTable add(String name, Type type, @Nullable Object defaultValue, Importance importance, String documentation) {
        return add(name, type, defaultValue, null, importance, documentation);
    }

    KeyTable add(
            String name,
            Type type,
            @Nullable Object defaultValue,
            @Nullable Validator validator,
            Importance importance,
            String documentation) {
        return put(name, type, defaultValue, validator, importance, documentation, UpdateMode.READ_ONLY, Use.HONOURED);
    }

    /// A key of Kafka that is obeyed and may change while the cluster runs.
    KeyTable dynamic(
            String name,
            Type type,
            @Nullable Object defaultValue,
            @Nullable Validator validator,
            Importance importance,
            String documentation) {
        return put(
                name, type, defaultValue, validator, importance, documentation, UpdateMode.CLUSTER_WIDE, Use.HONOURED);
    }

    /// A key of Kafka without effect here.
    KeyTable unused(String name, Type type, @Nullable Object defaultValue, String documentation) {
        return put(name, type, defaultValue, null, Importance.LOW, documentation, UpdateMode.READ_ONLY, Use.UNUSED);
    }

    /// A key that Kafka does not have.
    KeyTable own(
            String name,
            Type type,
            @Nullable Object defaultValue,
            @Nullable Validator validator,
            Importance importance,
            String documentation) {
        return put(name, type, defaultValue, validator, importance, documentation, UpdateMode.READ_ONLY, Use.OWN);
    }

    /// A key that Kafka does not have and that may change while the cluster runs.
    KeyTable ownDynamic(
            String name,
            Type type,
            @Nullable Object defaultValue,
            @Nullable Validator validator,
            Importance importance,
            String documentation) {
        return put(name, type, defaultValue, validator, importance, documentation, UpdateMode.CLUSTER_WIDE, Use.OWN);
    }

    private KeyTable put(
            String name,
            Type type,
            @Nullable Object defaultValue,
            @Nullable Validator validator,
            Importance importance,
            String documentation,
            UpdateMode updateMode,
            Use use) {
        definition.define(name, type, defaultValue, validator, importance, documentation);
        keys.put(
                name,
                new BrokerKey(Objects.requireNonNull(definition.configKeys().get(name)), updateMode, use));
        return this;
    }
}
