package io.sampo.core.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.requests.DescribeConfigsResponse.ConfigSource;
import org.jspecify.annotations.Nullable;

/// Decides what is in force for a topic: what was set for it, else the dynamic broker settings (this node's, then
/// the cluster's), else the node's configuration file, else the default.
///
/// Immutable; any thread.
public final class TopicConfigs {
    private final SortedMap<String, String> staticConfigs;

    public TopicConfigs(BrokerConfig broker) {
        this.staticConfigs = broker.given();
    }

    /// @param overrides what was set for the topic
    /// @throws ConfigException when a value is invalid; what the controller accepted is valid
    public EffectiveTopicConfig effective(Map<String, String> overrides, DynamicConfigs dynamic) {
        Map<String, Object> values = new HashMap<>();
        for (TopicKey key : TopicKeys.all()) {
            values.put(key.name(), TopicKeys.parse(key.name(), value(key, overrides, dynamic)));
        }
        return new EffectiveTopicConfig(values);
    }

    /// The value of one key as text.
    public String value(TopicKey key, Map<String, String> overrides, DynamicConfigs dynamic) {
        List<ConfigValue.Synonym> synonyms = synonyms(key, overrides, dynamic);
        String value = synonyms.getFirst().value();
        return value == null ? key.defaultText() : value;
    }

    /// Every topic setting with its value and source, for DescribeConfigs.
    public List<ConfigValue> describe(Map<String, String> overrides, DynamicConfigs dynamic) {
        List<ConfigValue> described = new ArrayList<>();
        for (TopicKey key : TopicKeys.all()) {
            List<ConfigValue.Synonym> synonyms = synonyms(key, overrides, dynamic);
            described.add(new ConfigValue(
                    key.name(),
                    synonyms.getFirst().value(),
                    synonyms.getFirst().source(),
                    false,
                    false,
                    ConfigValue.wireType(key.definition().type),
                    key.definition().documentation,
                    synonyms));
        }
        return described;
    }

    /// Every place that gives the key a value, the strongest first; never empty. Values are in the topic key's
    /// unit.
    private List<ConfigValue.Synonym> synonyms(TopicKey key, Map<String, String> overrides, DynamicConfigs dynamic) {
        List<ConfigValue.Synonym> found = new ArrayList<>();
        add(found, key.name(), overrides.get(key.name()), ConfigSource.TOPIC_CONFIG);
        addAll(found, key, dynamic.node(), ConfigSource.DYNAMIC_BROKER_CONFIG);
        addAll(found, key, dynamic.cluster(), ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG);
        addAll(found, key, staticConfigs, ConfigSource.STATIC_BROKER_CONFIG);
        String defaultName = key.synonyms().isEmpty()
                ? key.name()
                : key.synonyms().getFirst().brokerKey();
        add(found, defaultName, key.defaultText(), ConfigSource.DEFAULT_CONFIG);
        return found;
    }

    private static void addAll(
            List<ConfigValue.Synonym> found, TopicKey key, Map<String, String> configs, ConfigSource source) {
        for (TopicKey.Synonym synonym : key.synonyms()) {
            String value = configs.get(synonym.brokerKey());
            add(found, synonym.brokerKey(), value == null ? null : synonym.convert(value), source);
        }
    }

    private static void add(List<ConfigValue.Synonym> found, String name, @Nullable String value, ConfigSource source) {
        if (value != null) {
            found.add(new ConfigValue.Synonym(name, value, source));
        }
    }
}
