package io.sampo.core.config;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.partition.LogSettings;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.requests.DescribeConfigsResponse.ConfigSource;
import org.junit.jupiter.api.Test;

class TopicConfigsTest {
    private static SortedMap<String, String> map(String... pairs) {
        SortedMap<String, String> map = new TreeMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            map.put(pairs[i], pairs[i + 1]);
        }
        return map;
    }

    private static TopicConfigs configs(String... pairs) {
        return new TopicConfigs(BrokerConfig.parse(map(pairs)));
    }

    private static ConfigValue describe(
            TopicConfigs configs, String name, SortedMap<String, String> overrides, DynamicConfigs dynamic) {
        return configs.describe(overrides, dynamic).stream()
                .filter(value -> value.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void defaultsAreThoseOfTheLog() {
        assertEquals(
                LogSettings.DEFAULTS,
                configs().effective(Map.of(), DynamicConfigs.NONE).logSettings());
    }

    @Test
    void theFinestUnitOfABrokerSettingWins() {
        TopicConfigs configs = configs("log.retention.hours", "2", "log.retention.minutes", "3", "log.roll.hours", "1");
        LogSettings settings = configs.effective(Map.of(), DynamicConfigs.NONE).logSettings();
        assertEquals(180_000, settings.retentionMs());
        assertEquals(3_600_000, settings.segmentMs());
    }

    @Test
    void minusOneHoursMeansForEver() {
        assertEquals(
                -1,
                configs("log.retention.hours", "-1")
                        .effective(Map.of(), DynamicConfigs.NONE)
                        .logSettings()
                        .retentionMs());
    }

    @Test
    void topicOverNodeOverClusterOverFileOverDefault() {
        TopicConfigs configs = configs("log.retention.ms", "4");
        DynamicConfigs both = new DynamicConfigs(
                map("log.retention.ms", "2"), map("log.retention.ms", "3", "message.max.bytes", "9"));
        SortedMap<String, String> overrides = map("retention.ms", "1");

        ConfigValue value = describe(configs, "retention.ms", overrides, both);

        assertEquals("1", value.value());
        assertEquals(
                java.util.List.of(
                        new ConfigValue.Synonym("retention.ms", "1", ConfigSource.TOPIC_CONFIG),
                        new ConfigValue.Synonym("log.retention.ms", "2", ConfigSource.DYNAMIC_BROKER_CONFIG),
                        new ConfigValue.Synonym("log.retention.ms", "3", ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG),
                        new ConfigValue.Synonym("log.retention.ms", "4", ConfigSource.STATIC_BROKER_CONFIG),
                        new ConfigValue.Synonym("log.retention.ms", "604800000", ConfigSource.DEFAULT_CONFIG)),
                value.synonyms());
        assertEquals(9, configs.effective(overrides, both).maxMessageBytes());
    }

    @Test
    void cleanupPolicyMayBeBoth() {
        LogSettings settings = configs()
                .effective(Map.of("cleanup.policy", "compact,delete"), DynamicConfigs.NONE)
                .logSettings();
        assertTrue(settings.cleanupCompact() && settings.cleanupDelete());
    }

    @Test
    void anInvalidValueIsToldWithKeyValueAndExpectation() {
        for (Map.Entry<String, String> bad : Map.of(
                        "retention.ms", "abc",
                        "cleanup.policy", "shred",
                        "segment.bytes", "12",
                        "min.insync.replicas", "0",
                        "compression.type", "rar")
                .entrySet()) {
            ConfigException e =
                    assertThrows(ConfigException.class, () -> TopicKeys.validate(Map.of(bad.getKey(), bad.getValue())));
            assertTrue(String.valueOf(e.getMessage()).contains(bad.getKey()), e.getMessage());
            assertTrue(String.valueOf(e.getMessage()).contains(bad.getValue()), e.getMessage());
        }
        assertThrows(ConfigException.class, () -> TopicKeys.validate(Map.of("no.such.key", "1")));
        assertThrows(
                ConfigException.class,
                () -> TopicKeys.validate(Map.of("min.compaction.lag.ms", "9", "max.compaction.lag.ms", "8")));
    }

    @Test
    void everyTopicSettingOfKafkaClientsIsDefined() throws IllegalAccessException {
        Set<String> missing = new TreeSet<>();
        for (java.lang.reflect.Field field : org.apache.kafka.common.config.TopicConfig.class.getFields()) {
            if (field.getName().endsWith("_CONFIG") && TopicKeys.key((String) field.get(null)) == null) {
                missing.add((String) field.get(null));
            }
        }
        // Removed from Kafka 4 but for the constants.
        missing.removeAll(Set.of(
                "message.format.version", "message.timestamp.difference.max.ms", "message.downconversion.enable"));
        assertEquals(Set.of(), missing);
    }

    @Test
    void everyBrokerSynonymIsABrokerSettingWithTheSameDefault() {
        for (TopicKey key : TopicKeys.all()) {
            for (TopicKey.Synonym synonym : key.synonyms()) {
                BrokerKey brokerKey = BrokerKeys.key(synonym.brokerKey());
                assertFalse(brokerKey == null, synonym.brokerKey());
            }
            if (!key.synonyms().isEmpty()) {
                TopicKey.Synonym last = key.synonyms().getLast();
                assertEquals(
                        key.defaultText(),
                        last.convert(requireNonNull(
                                requireNonNull(BrokerKeys.key(last.brokerKey())).defaultText())));
            }
        }
    }
}
