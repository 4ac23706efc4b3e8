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
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ConfigRulesTest {
    private final Cluster cluster = new Cluster(1, Map.of());

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
        return Errors.forCode(cluster.tell(new ControllerCommand.IncrementalAlterConfigs(request))
                .responses()
                .getFirst()
                .errorCode());
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
