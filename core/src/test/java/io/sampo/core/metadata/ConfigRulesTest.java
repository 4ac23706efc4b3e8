package io.sampo.core.metadata;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.AlterConfigsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterConfigsResource;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterableConfig;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData.AlterConfigsResourceResponse;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ConfigRulesTest {
    private final Cluster cluster = new Cluster(1, Map.of());
    private String lastMessage = "";

    @BeforeEach
    void aTopic() {
        cluster.create("t", 1, 1);
    }

    private Errors alter(
            ConfigResource.Type type, String resource, OpType operation, String key, @Nullable String value) {
        return alter(false, type, resource, operation, key, value);
    }

    private Errors alter(
            boolean validateOnly,
            ConfigResource.Type type,
            String resource,
            OpType operation,
            String key,
            @Nullable String value) {
        AlterConfigsResource wanted =
                new AlterConfigsResource().setResourceType(type.id()).setResourceName(resource);
        wanted.configs()
                .add(new AlterableConfig()
                        .setName(key)
                        .setConfigOperation(operation.id())
                        .setValue(value));
        IncrementalAlterConfigsRequestData request =
                new IncrementalAlterConfigsRequestData().setValidateOnly(validateOnly);
        request.resources().add(wanted);
        AlterConfigsResourceResponse response = cluster.tell(new ControllerCommand.IncrementalAlterConfigs(request))
                .responses()
                .getFirst();
        lastMessage = String.valueOf(response.errorMessage());
        return Errors.forCode(response.errorCode());
    }

    private Map<String, String> topicConfigs() {
        return requireNonNull(cluster.image.topic("t")).configs();
    }

    @Test
    void topicSettingsAreSetAndRemoved() {
        assertEquals(Errors.NONE, alter(ConfigResource.Type.TOPIC, "t", OpType.SET, "retention.ms", "5"));
        assertEquals(Map.of("retention.ms", "5"), topicConfigs());
        assertEquals(Errors.NONE, alter(ConfigResource.Type.TOPIC, "t", OpType.SET, "retention.ms", "5"));
        assertEquals(List.of(), cluster.lastRecords, "nothing changes, nothing is written");
        assertEquals(Errors.NONE, alter(ConfigResource.Type.TOPIC, "t", OpType.DELETE, "retention.ms", null));
        assertEquals(Map.of(), topicConfigs());
    }

    @Test
    void listsGrowAndShrinkFromTheDefaultInForce() {
        assertEquals(Errors.NONE, alter(ConfigResource.Type.TOPIC, "t", OpType.APPEND, "cleanup.policy", "compact"));
        assertEquals(Map.of("cleanup.policy", "delete,compact"), topicConfigs());
        assertEquals(Errors.NONE, alter(ConfigResource.Type.TOPIC, "t", OpType.SUBTRACT, "cleanup.policy", "delete"));
        assertEquals(Map.of("cleanup.policy", "compact"), topicConfigs());
        assertEquals(Errors.INVALID_CONFIG, alter(ConfigResource.Type.TOPIC, "t", OpType.APPEND, "retention.ms", "5"));
    }

    @Test
    void errorsOfAlterations() {
        record Case(
                ConfigResource.Type type,
                String name,
                String key,
                @Nullable String value,
                Errors expected) {}
        List<Case> cases = List.of(
                new Case(ConfigResource.Type.TOPIC, "t", "retention.ms", "x", Errors.INVALID_CONFIG),
                new Case(ConfigResource.Type.TOPIC, "t", "no.such", "1", Errors.INVALID_CONFIG),
                new Case(ConfigResource.Type.TOPIC, "t", "retention.ms", null, Errors.INVALID_REQUEST),
                new Case(ConfigResource.Type.TOPIC, "u", "retention.ms", "1", Errors.UNKNOWN_TOPIC_OR_PARTITION),
                new Case(ConfigResource.Type.TOPIC, "a b", "retention.ms", "1", Errors.INVALID_TOPIC_EXCEPTION),
                new Case(ConfigResource.Type.BROKER, "1", "node.id", "2", Errors.INVALID_REQUEST),
                new Case(ConfigResource.Type.BROKER, "1", "no.such", "2", Errors.INVALID_REQUEST),
                new Case(ConfigResource.Type.BROKER, "1", "message.max.bytes", "x", Errors.INVALID_REQUEST),
                new Case(ConfigResource.Type.BROKER, "7", "message.max.bytes", "1", Errors.BROKER_ID_NOT_REGISTERED),
                new Case(ConfigResource.Type.BROKER, "x", "message.max.bytes", "1", Errors.INVALID_REQUEST),
                new Case(ConfigResource.Type.BROKER_LOGGER, "1", "a", "1", Errors.INVALID_REQUEST),
                new Case(ConfigResource.Type.GROUP, "g", "a", "1", Errors.INVALID_REQUEST));
        for (Case each : cases) {
            MetadataImage before = cluster.image;
            assertEquals(
                    each.expected(),
                    alter(each.type(), each.name(), OpType.SET, each.key(), each.value()),
                    each::toString);
            assertEquals(before, cluster.image);
        }
    }

    @Test
    void brokerSettingsForOneNodeAndForAll() {
        assertEquals(Errors.NONE, alter(ConfigResource.Type.BROKER, "", OpType.SET, "message.max.bytes", "1000"));
        assertEquals(Errors.NONE, alter(ConfigResource.Type.BROKER, "1", OpType.SET, "message.max.bytes", "2000"));
        assertEquals("1000", cluster.image.brokerConfigs(7).get("message.max.bytes"));
        assertEquals("2000", cluster.image.brokerConfigs(1).get("message.max.bytes"));
        assertEquals(Errors.NONE, alter(ConfigResource.Type.BROKER, "1", OpType.DELETE, "message.max.bytes", null));
        assertEquals("1000", cluster.image.brokerConfigs(1).get("message.max.bytes"));
    }

    @Test
    void everyDynamicBrokerSettingIsTakenForOneNodeAndForAll() {
        Map<String, String> dynamic = Map.ofEntries(
                Map.entry("log.cleaner.backoff.ms", "100"),
                Map.entry("log.cleaner.dedupe.buffer.size", "1048576"),
                Map.entry("log.cleaner.io.buffer.size", "65536"),
                Map.entry("log.cleaner.io.buffer.load.factor", "0.5"),
                Map.entry("log.cleaner.io.max.bytes.per.second", "1000000"),
                Map.entry("producer.id.expiration.ms", "60000"),
                Map.entry("max.connections", "10"),
                Map.entry("max.connections.per.ip", "5"),
                Map.entry("max.connections.per.ip.overrides", "127.0.0.1:7"),
                Map.entry("log.retention.ms", "1000"));
        dynamic.forEach((key, value) -> {
            assertEquals(Errors.NONE, alter(ConfigResource.Type.BROKER, "", OpType.SET, key, value), key);
            assertEquals(Errors.NONE, alter(ConfigResource.Type.BROKER, "1", OpType.SET, key, value), key);
        });
        assertEquals(dynamic, cluster.image.brokerConfigs(1));
    }

    @Test
    void refusedBrokerSettingsSayWhy() {
        record Case(String key, String value, String message) {}
        List<Case> cases = List.of(
                new Case("node.id", "2", "Cannot update these configs dynamically: [node.id]"),
                new Case(
                        "log.cleaner.enable", "false", "Cannot update these configs dynamically: [log.cleaner.enable]"),
                new Case("num.io.threads", "16", "Cannot update these configs dynamically: [num.io.threads]"),
                new Case(
                        "listener.name.plaintext.max.connections",
                        "3",
                        "Cannot update these configs dynamically: [listener.name.plaintext.max.connections]"),
                new Case(
                        "log.cleaner.backoff.ms",
                        "soon",
                        "Invalid value soon for configuration log.cleaner.backoff.ms: Not a number of type LONG"),
                new Case(
                        "log.cleaner.backoff.ms",
                        "-1",
                        "Invalid value -1 for configuration log.cleaner.backoff.ms: Value must be at least 0"),
                new Case(
                        "log.cleaner.io.buffer.load.factor",
                        "1",
                        "Invalid value 1.0 for configuration log.cleaner.io.buffer.load.factor: "
                                + "Value must be between 0 and 1"),
                new Case(
                        "max.connections.per.ip.overrides",
                        "here",
                        "Invalid value here for configuration max.connections.per.ip.overrides: "
                                + "Expected host:count, the count 0 or more"));
        for (Case each : cases) {
            assertEquals(
                    Errors.INVALID_REQUEST,
                    alter(ConfigResource.Type.BROKER, "1", OpType.SET, each.key(), each.value()),
                    each::toString);
            assertEquals(each.message(), lastMessage);
        }
        assertEquals(Map.of(), cluster.image.brokerConfigs(1));
    }

    @Test
    void validateOnlyChangesNothing() {
        assertEquals(Errors.NONE, alter(true, ConfigResource.Type.TOPIC, "t", OpType.SET, "retention.ms", "5"));
        assertEquals(Map.of(), topicConfigs());
    }

    @Test
    void theOlderFormReplacesEverything() {
        alter(ConfigResource.Type.TOPIC, "t", OpType.SET, "retention.ms", "5");
        AlterConfigsRequestData.AlterConfigsResource wanted = new AlterConfigsRequestData.AlterConfigsResource()
                .setResourceType(ConfigResource.Type.TOPIC.id())
                .setResourceName("t");
        wanted.configs()
                .add(new AlterConfigsRequestData.AlterableConfig()
                        .setName("max.message.bytes")
                        .setValue("9"));
        AlterConfigsRequestData request = new AlterConfigsRequestData();
        request.resources().add(wanted);
        assertEquals(
                0,
                cluster.tell(new ControllerCommand.AlterConfigs(request))
                        .responses()
                        .getFirst()
                        .errorCode());
        assertEquals(Map.of("max.message.bytes", "9"), topicConfigs());
    }
}
