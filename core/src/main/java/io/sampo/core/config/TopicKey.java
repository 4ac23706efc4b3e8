package io.sampo.core.config;

import java.util.List;
import org.apache.kafka.common.config.ConfigDef;

/// Definition of one topic setting.
///
/// @param definition name, type, default, validator, importance and documentation
/// @param synonyms broker settings that give the default, strongest first; empty: the default is fixed
/// @param use what Sampo does with it
public record TopicKey(ConfigDef.ConfigKey definition, List<Synonym> synonyms, BrokerKey.Use use) {

    public TopicKey {
        synonyms = List.copyOf(synonyms);
    }

    public String name() {
        return definition.name;
    }

    /// Textual form of the default.
    public String defaultText() {
        String text = ConfigDef.convertToString(definition.defaultValue, definition.type);
        return text == null ? "" : text;
    }

    /// @param multiplier from the broker key's unit to the topic key's: 1, or milliseconds in a minute or an hour
    public record Synonym(String brokerKey, long multiplier) {
        static final long MINUTES = 60_000L;
        static final long HOURS = 3_600_000L;

        String unitNote() {
            return multiplier == MINUTES ? ", in minutes" : multiplier == HOURS ? ", in hours" : "";
        }

        /// A value of the broker key in the topic key's unit; negative ones mean "no limit" in both.
        String convert(String value) {
            if (multiplier == 1) {
                return value;
            }
            long number = Long.parseLong(value.trim());
            return Long.toString(number < 0 ? -1 : number * multiplier);
        }

        /// The topic key's default in this broker key's unit.
        Object defaultFor(TopicKey key) {
            Object defaultValue = key.definition.defaultValue;
            return multiplier == 1 ? defaultValue : (Object) Math.toIntExact(((Long) defaultValue) / multiplier);
        }
    }
}
