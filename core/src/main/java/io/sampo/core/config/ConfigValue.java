package io.sampo.core.config;

import java.util.List;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.requests.DescribeConfigsResponse.ConfigSource;
import org.apache.kafka.common.requests.DescribeConfigsResponse.ConfigType;
import org.jspecify.annotations.Nullable;

/// The value of one setting and where it comes from: what DescribeConfigs tells.
///
/// @param value null when not set, or when it must not be shown
/// @param synonyms every place that gives the setting a value, the one in force first
public record ConfigValue(
        String name,
        @Nullable String value,
        ConfigSource source,
        boolean readOnly,
        boolean sensitive,
        ConfigType type,
        String documentation,
        List<Synonym> synonyms) {

    public ConfigValue {
        synonyms = List.copyOf(synonyms);
    }

    public record Synonym(String name, @Nullable String value, ConfigSource source) {}

    static ConfigType wireType(ConfigDef.Type type) {
        return switch (type) {
            case BOOLEAN -> ConfigType.BOOLEAN;
            case STRING -> ConfigType.STRING;
            case INT -> ConfigType.INT;
            case SHORT -> ConfigType.SHORT;
            case LONG -> ConfigType.LONG;
            case DOUBLE -> ConfigType.DOUBLE;
            case LIST -> ConfigType.LIST;
            case CLASS -> ConfigType.CLASS;
            case PASSWORD -> ConfigType.PASSWORD;
        };
    }
}
