package io.sampo.core.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.types.Password;
import org.apache.kafka.common.requests.DescribeConfigsResponse.ConfigSource;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.junit.jupiter.api.Test;

class BrokerConfigTest {
    private static ConfigValue described(BrokerConfig config, String name, DynamicConfigs dynamic) {
        return config.describe(dynamic).stream()
                .filter(value -> value.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void withoutAnythingGivenKafkasDefaultsHold() {
        BrokerConfig config = BrokerConfig.parse(Map.of());
        assertEquals(50, config.getInt("offsets.topic.num.partitions"));
        assertEquals(1_048_588, config.getInt("message.max.bytes"));
        assertEquals(1, config.getLong("log.flush.interval.messages"), "the one default that differs");
        assertEquals(List.of(new Listener("PLAINTEXT", "", 9092, SecurityProtocol.PLAINTEXT)), config.listeners());
        assertEquals(List.of(), config.advertisedListeners());
        assertEquals(List.of(), config.warnings());
    }

    @Test
    void unknownAndUnusedKeysAreWarningsNotErrors() {
        BrokerConfig config = BrokerConfig.parse(Map.of(
                "no.such.key", "1", "zookeeper.connect", "zk:2181", "num.io.threads", "4", "num.partitions", "3"));
        assertEquals(3, config.warnings().size());
        assertTrue(config.warnings().getFirst().startsWith("no.such.key is not a known setting"));
        assertTrue(config.warnings().get(1).startsWith("num.io.threads has no effect"));
        assertTrue(config.warnings().get(2).startsWith("zookeeper.connect is a setting of Kafka"));
        assertEquals(3, config.getInt("num.partitions"));
    }

    @Test
    void invalidValuesNameKeyAndValue() {
        for (Map.Entry<String, String> bad : Map.of(
                        "num.partitions", "many",
                        "default.replication.factor", "0",
                        "listeners", "PLAINTEXT:9092",
                        "advertised.listeners", "PLAINTEXT://0.0.0.0:9092",
                        "log.retention.ms", "-7",
                        "listener.security.protocol.map", "A:B",
                        "ssl.client.auth", "maybe")
                .entrySet()) {
            ConfigException e = assertThrows(
                    ConfigException.class,
                    () -> BrokerConfig.parse(Map.of(bad.getKey(), bad.getValue())),
                    bad.getKey());
            assertTrue(String.valueOf(e.getMessage()).contains(bad.getValue()), e.getMessage());
            assertTrue(
                    String.valueOf(e.getMessage()).contains(bad.getKey())
                            || String.valueOf(e.getMessage()).contains("retention.ms"),
                    e.getMessage());
        }
        assertThrows(
                ConfigException.class, () -> BrokerConfig.parse(Map.of("group.min.session.timeout.ms", "9999999")));
    }

    @Test
    void listenersOfAllProtocolsAndIpV6() {
        BrokerConfig config = BrokerConfig.parse(Map.of(
                "listeners", "IN://[::1]:9092,OUT://0.0.0.0:0",
                "listener.security.protocol.map", "IN:PLAINTEXT,OUT:SASL_SSL"));
        assertEquals(
                List.of(
                        new Listener("IN", "::1", 9092, SecurityProtocol.PLAINTEXT),
                        new Listener("OUT", "0.0.0.0", 0, SecurityProtocol.SASL_SSL)),
                config.listeners());
    }

    @Test
    void aListenersOwnSettingsReplaceTheGeneralOnes() {
        BrokerConfig config = BrokerConfig.parse(Map.of(
                "ssl.keystore.location", "/general",
                "listener.name.out.ssl.keystore.location", "/out",
                "listener.name.out.plain.sasl.jaas.config", "secret"));
        assertEquals("/out", config.forListener("OUT").get("ssl.keystore.location"));
        assertEquals("/general", config.forListener("IN").get("ssl.keystore.location"));
        assertEquals(new Password("secret"), config.forListener("OUT").get("plain.sasl.jaas.config"));
        assertEquals(List.of(), config.warnings());
    }

    @Test
    void brokerIdIsNodeIdsOlderName() {
        assertEquals(7, BrokerConfig.parse(Map.of("broker.id", "7")).nodeId());
        assertEquals(8, BrokerConfig.parse(Map.of("node.id", "8")).nodeId());
        assertThrows(ConfigException.class, () -> BrokerConfig.parse(Map.of("node.id", "8", "broker.id", "7")));
    }

    @Test
    void passwordsAreNeverShown() {
        BrokerConfig config = BrokerConfig.parse(Map.of("ssl.key.password", "hush"));
        ConfigValue value = described(config, "ssl.key.password", DynamicConfigs.NONE);
        assertNull(value.value());
        assertTrue(value.sensitive());
        assertTrue(value.synonyms().stream().allMatch(synonym -> synonym.value() == null));
        assertEquals(ConfigSource.STATIC_BROKER_CONFIG, value.source());
    }

    @Test
    void dynamicSettingsLieOverTheFile() {
        BrokerConfig config = BrokerConfig.parse(Map.of("message.max.bytes", "5"));
        DynamicConfigs dynamic = new DynamicConfigs(
                new TreeMap<>(Map.of("message.max.bytes", "7")), new TreeMap<>(Map.of("message.max.bytes", "6")));
        assertEquals(7, config.with(dynamic).getInt("message.max.bytes"));
        ConfigValue value = described(config, "message.max.bytes", dynamic);
        assertEquals("7", value.value());
        assertEquals(ConfigSource.DYNAMIC_BROKER_CONFIG, value.source());
        assertEquals(4, value.synonyms().size());
    }

    @Test
    void onlyWhatARunningNodeObeysIsNotReadOnly() {
        BrokerConfig config = BrokerConfig.parse(Map.of("listener.name.in.max.connections", "3"));
        Map<String, Boolean> dynamic = Map.ofEntries(
                Map.entry("message.max.bytes", true),
                Map.entry("log.retention.ms", true),
                Map.entry("log.retention.hours", false),
                Map.entry("log.flush.interval.ms", true),
                Map.entry("log.flush.scheduler.interval.ms", false),
                Map.entry("log.cleaner.backoff.ms", true),
                Map.entry("log.cleaner.dedupe.buffer.size", true),
                Map.entry("log.cleaner.io.buffer.size", true),
                Map.entry("log.cleaner.io.buffer.load.factor", true),
                Map.entry("log.cleaner.io.max.bytes.per.second", true),
                Map.entry("log.cleaner.enable", false),
                Map.entry("log.cleaner.threads", false),
                Map.entry("producer.id.expiration.ms", true),
                Map.entry("producer.id.expiration.check.interval.ms", false),
                Map.entry("max.connections", true),
                Map.entry("max.connections.per.ip", true),
                Map.entry("max.connections.per.ip.overrides", true),
                Map.entry("listener.name.in.max.connections", false),
                Map.entry("num.io.threads", false),
                Map.entry("node.id", false));
        dynamic.forEach((name, changes) -> {
            assertEquals(changes, BrokerKeys.dynamic(name), name);
            assertEquals(!changes, described(config, name, DynamicConfigs.NONE).readOnly(), name);
        });
    }

    @Test
    void aSettingThatAListenerCannotHaveOfItsOwnIsAWarning() {
        BrokerConfig config = BrokerConfig.parse(
                Map.of("listener.name.in.max.connections", "3", "listener.name.in.sasl.enabled.mechanisms", "PLAIN"));
        assertEquals(1, config.warnings().size());
        assertTrue(config.warnings().getFirst().startsWith("listener.name.in.max.connections has no effect"));
    }

    @Test
    void limitsOfSingleAddressesAreReadWithAnyKindOfAddress() {
        BrokerConfig config =
                BrokerConfig.parse(Map.of("max.connections.per.ip.overrides", "127.0.0.1:5, ::1:0,example.org:7"));
        assertEquals(Map.of("127.0.0.1", 5, "::1", 0, "example.org", 7), config.maxConnectionsPerIpOverrides());
        for (String wrong : List.of("127.0.0.1", "a:b", ":5", "a:-1", "a:99999999999")) {
            assertThrows(
                    ConfigException.class,
                    () -> BrokerConfig.parse(Map.of("max.connections.per.ip.overrides", wrong)),
                    wrong);
        }
    }

    @Test
    void dynamicSettingsMustFitTheWholeConfiguration() {
        BrokerConfig config = BrokerConfig.parse(Map.of());
        DynamicConfigs wrong = new DynamicConfigs(
                new TreeMap<>(Map.of("max.connections.per.ip.overrides", "nowhere")), new TreeMap<>());
        assertThrows(ConfigException.class, () -> config.with(wrong));
    }
}
