package io.sampo.core.config;

import org.apache.kafka.common.config.ConfigDef;
import org.jspecify.annotations.Nullable;

/// Definition of one broker setting.
///
/// @param definition name, type, default, validator, importance and documentation
/// @param updateMode whether a running cluster may change it
/// @param use what Sampo does with it
public record BrokerKey(ConfigDef.ConfigKey definition, UpdateMode updateMode, Use use) {

    /// Whether IncrementalAlterConfigs may set a key, and for whom (KIP-226).
    public enum UpdateMode {
        /// Only in the configuration file, at the next start.
        READ_ONLY,
        /// For one node or as the default of all nodes.
        CLUSTER_WIDE
    }

    public enum Use {
        /// Obeyed, under Kafka's name.
        HONOURED,
        /// Known to Kafka, accepted with a warning, without effect here.
        UNUSED,
        /// Sampo's own; the name starts with `sampo.`.
        OWN
    }

    public String name() {
        return definition.name;
    }

    public String documentation() {
        return definition.documentation;
    }

    /// Textual form of the default; null when there is none.
    public @Nullable String defaultText() {
        return definition.hasDefault() ? ConfigDef.convertToString(definition.defaultValue, definition.type) : null;
    }

    /// True when the value must never be shown.
    public boolean sensitive() {
        return definition.type == ConfigDef.Type.PASSWORD;
    }
}
