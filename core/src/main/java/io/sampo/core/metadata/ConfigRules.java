package io.sampo.core.metadata;

import io.sampo.core.config.BrokerConfig;
import io.sampo.core.config.BrokerKey;
import io.sampo.core.config.BrokerKeys;
import io.sampo.core.config.DynamicConfigs;
import io.sampo.core.config.TopicConfigs;
import io.sampo.core.config.TopicKey;
import io.sampo.core.config.TopicKeys;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.AlterConfigsRequestData;
import org.apache.kafka.common.message.AlterConfigsResponseData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterableConfig;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// Decides on changes of topic settings and of dynamic broker settings.
final class ConfigRules {
    private final BrokerConfig broker;
    private final TopicConfigs topicConfigs;

    ConfigRules(BrokerConfig broker) {
        this.broker = broker;
        this.topicConfigs = new TopicConfigs(broker);
    }

    Decision<IncrementalAlterConfigsResponseData> alterIncrementally(
            MetadataImage image, IncrementalAlterConfigsRequestData request) {
        IncrementalAlterConfigsResponseData response = new IncrementalAlterConfigsResponseData();
        List<MetadataRecord> records = new ArrayList<>();
        Set<ConfigResource> seen = new HashSet<>();
        request.resources().forEach(wanted -> {
            ConfigResource resource = resource(wanted.resourceType(), wanted.resourceName());
            SortedMap<String, String> target = new TreeMap<>();
            Problem problem = check(image, resource, seen);
            if (problem == null) {
                SortedMap<String, String> current = current(image, resource);
                target.putAll(current);
                problem = applyAll(image, resource, wanted.configs(), target);
                if (problem == null) {
                    problem = validate(image, resource, current, target);
                }
                if (problem == null) {
                    records.addAll(difference(resource, current, target));
                }
            }
            response.responses()
                    .add(new IncrementalAlterConfigsResponseData.AlterConfigsResourceResponse()
                            .setResourceType(wanted.resourceType())
                            .setResourceName(wanted.resourceName())
                            .setErrorCode(code(problem))
                            .setErrorMessage(problem == null ? null : problem.message()));
        });
        return new Decision<>(request.validateOnly() ? List.of() : records, response);
    }

    /// The older form: what is not named goes back to its default.
    Decision<AlterConfigsResponseData> alter(MetadataImage image, AlterConfigsRequestData request) {
        AlterConfigsResponseData response = new AlterConfigsResponseData();
        List<MetadataRecord> records = new ArrayList<>();
        Set<ConfigResource> seen = new HashSet<>();
        request.resources().forEach(wanted -> {
            ConfigResource resource = resource(wanted.resourceType(), wanted.resourceName());
            SortedMap<String, String> target = new TreeMap<>();
            Problem problem = check(image, resource, seen);
            for (AlterConfigsRequestData.AlterableConfig config : wanted.configs()) {
                if (problem == null && (config.value() == null || target.put(config.name(), config.value()) != null)) {
                    problem = new Problem(
                            Errors.INVALID_REQUEST,
                            config.name() + (config.value() == null ? " has no value." : " is given twice."));
                }
            }
            if (problem == null) {
                SortedMap<String, String> current = current(image, resource);
                problem = validate(image, resource, current, target);
                if (problem == null) {
                    records.addAll(difference(resource, current, target));
                }
            }
            response.responses()
                    .add(new AlterConfigsResponseData.AlterConfigsResourceResponse()
                            .setResourceType(wanted.resourceType())
                            .setResourceName(wanted.resourceName())
                            .setErrorCode(code(problem))
                            .setErrorMessage(problem == null ? null : problem.message()));
        });
        return new Decision<>(request.validateOnly() ? List.of() : records, response);
    }

    private static short code(@Nullable Problem problem) {
        return (problem == null ? Errors.NONE : problem.error()).code();
    }

    private static ConfigResource resource(byte type, String name) {
        return new ConfigResource(ConfigResource.Type.forId(type), name);
    }

    private static @Nullable Problem check(MetadataImage image, ConfigResource resource, Set<ConfigResource> seen) {
        if (!seen.add(resource)) {
            return new Problem(Errors.INVALID_REQUEST, "The request names " + resource.name() + " twice.");
        }
        return switch (resource.type()) {
            case TOPIC -> checkTopic(image, resource.name());
            case BROKER -> checkBroker(image, resource.name());
            case BROKER_LOGGER, CLIENT_METRICS, GROUP, UNKNOWN ->
                new Problem(Errors.INVALID_REQUEST, "Settings of type " + resource.type() + " cannot be changed here.");
        };
    }

    private static @Nullable Problem checkTopic(MetadataImage image, String name) {
        if (!Topic.isValid(name)) {
            return new Problem(Errors.INVALID_TOPIC_EXCEPTION, "'" + name + "' is not a valid name of a topic.");
        }
        return image.topic(name) == null
                ? new Problem(Errors.UNKNOWN_TOPIC_OR_PARTITION, "There is no topic '" + name + "'.")
                : null;
    }

    private static @Nullable Problem checkBroker(MetadataImage image, String name) {
        if (name.isEmpty()) {
            return null;
        }
        try {
            int nodeId = Integer.parseInt(name);
            return image.nodes().containsKey(nodeId)
                    ? null
                    : new Problem(Errors.BROKER_ID_NOT_REGISTERED, "Node " + nodeId + " is not registered.");
        } catch (NumberFormatException e) {
            return new Problem(Errors.INVALID_REQUEST, "'" + name + "' is not the id of a node.");
        }
    }

    private static SortedMap<String, String> current(MetadataImage image, ConfigResource resource) {
        if (resource.type() == ConfigResource.Type.TOPIC) {
            TopicImage topic = image.topic(resource.name());
            return topic == null ? Collections.emptySortedMap() : topic.configs();
        }
        return image.brokerConfigs()
                .getOrDefault(
                        resource.name().isEmpty() ? -1 : Integer.parseInt(resource.name()),
                        Collections.emptySortedMap());
    }

    private @Nullable Problem applyAll(
            MetadataImage image,
            ConfigResource resource,
            Iterable<AlterableConfig> operations,
            SortedMap<String, String> target) {
        Set<String> keys = new HashSet<>();
        for (AlterableConfig operation : operations) {
            if (!keys.add(operation.name())) {
                return new Problem(Errors.INVALID_REQUEST, operation.name() + " is given twice.");
            }
            Problem problem = apply(image, resource, operation, target);
            if (problem != null) {
                return problem;
            }
        }
        return null;
    }

    private @Nullable Problem apply(
            MetadataImage image, ConfigResource resource, AlterableConfig operation, SortedMap<String, String> target) {
        String name = operation.name();
        @Nullable OpType type = opType(operation.configOperation());
        if (type == null) {
            return new Problem(
                    Errors.INVALID_REQUEST, "Unknown operation " + operation.configOperation() + " on " + name + ".");
        }
        if (type == OpType.DELETE) {
            target.remove(name);
            return null;
        }
        if (operation.value() == null) {
            return new Problem(Errors.INVALID_REQUEST, name + " has no value.");
        }
        if (type == OpType.SET) {
            target.put(name, operation.value());
            return null;
        }
        if (listType(resource, name) != ConfigDef.Type.LIST) {
            return new Problem(
                    Errors.INVALID_CONFIG, type + " is not possible with " + name + ": it does not hold a list.");
        }
        Set<String> elements = elements(inForce(image, resource, name, target));
        if (type == OpType.APPEND) {
            elements.addAll(elements(operation.value()));
        } else {
            elements.removeAll(elements(operation.value()));
        }
        target.put(name, String.join(",", elements));
        return null;
    }

    private static @Nullable OpType opType(byte id) {
        return switch (id) {
            case 0 -> OpType.SET;
            case 1 -> OpType.DELETE;
            case 2 -> OpType.APPEND;
            case 3 -> OpType.SUBTRACT;
            default -> null;
        };
    }

    private static ConfigDef.@Nullable Type listType(ConfigResource resource, String name) {
        if (resource.type() == ConfigResource.Type.TOPIC) {
            TopicKey key = TopicKeys.key(name);
            return key == null ? null : key.definition().type;
        }
        BrokerKey key = BrokerKeys.key(name);
        return key == null ? null : key.definition().type;
    }

    /// What an APPEND or SUBTRACT starts from: the value set, or the default that is in force.
    private String inForce(
            MetadataImage image, ConfigResource resource, String name, SortedMap<String, String> target) {
        String own = target.get(name);
        if (own != null) {
            return own;
        }
        TopicKey topicKey = TopicKeys.key(name);
        if (resource.type() == ConfigResource.Type.TOPIC && topicKey != null) {
            return topicConfigs.value(topicKey, target, image.dynamicConfigs(broker.nodeId()));
        }
        BrokerKey brokerKey = BrokerKeys.key(name);
        String given = broker.given().get(name);
        String defaultText = brokerKey == null ? null : brokerKey.defaultText();
        return given != null ? given : defaultText == null ? "" : defaultText;
    }

    private static Set<String> elements(String list) {
        Set<String> elements = new LinkedHashSet<>();
        Arrays.stream(list.split(",", -1))
                .map(String::trim)
                .filter(element -> !element.isEmpty())
                .forEach(elements::add);
        return elements;
    }

    private @Nullable Problem validate(
            MetadataImage image,
            ConfigResource resource,
            SortedMap<String, String> current,
            SortedMap<String, String> target) {
        try {
            if (resource.type() == ConfigResource.Type.TOPIC) {
                TopicKeys.validate(target);
                return null;
            }
            return validateBroker(image, resource, current, target);
        } catch (ConfigException e) {
            // Kafka's codes: a bad topic setting is INVALID_CONFIG, a bad broker setting INVALID_REQUEST (KAFKA-13609).
            Errors error =
                    resource.type() == ConfigResource.Type.TOPIC ? Errors.INVALID_CONFIG : Errors.INVALID_REQUEST;
            return new Problem(error, String.valueOf(e.getMessage()));
        }
    }

    private @Nullable Problem validateBroker(
            MetadataImage image,
            ConfigResource resource,
            SortedMap<String, String> current,
            SortedMap<String, String> target) {
        List<String> notDynamic = new ArrayList<>();
        for (String name : target.keySet()) {
            if (Objects.equals(target.get(name), current.get(name))) {
                continue;
            }
            if (BrokerKeys.key(name) == null) {
                return new Problem(Errors.INVALID_REQUEST, name + " is not a known setting.");
            }
            if (!BrokerKeys.dynamic(name)) {
                notDynamic.add(name);
            }
        }
        if (!notDynamic.isEmpty()) {
            return new Problem(Errors.INVALID_REQUEST, "Cannot update these configs dynamically: " + notDynamic);
        }
        DynamicConfigs stored = image.dynamicConfigs(broker.nodeId());
        DynamicConfigs dynamic = resource.name().isEmpty()
                ? new DynamicConfigs(stored.node(), target)
                : new DynamicConfigs(target, stored.cluster());
        // The whole configuration must be valid with it, and the topic settings that follow from it.
        broker.with(dynamic);
        topicConfigs.effective(Collections.emptySortedMap(), dynamic);
        return null;
    }

    private static List<MetadataRecord> difference(
            ConfigResource resource, SortedMap<String, String> current, SortedMap<String, String> target) {
        List<MetadataRecord> records = new ArrayList<>();
        for (String name : current.keySet()) {
            if (!target.containsKey(name)) {
                records.add(new MetadataRecord.ConfigChanged(resource, name, null));
            }
        }
        target.forEach((name, value) -> {
            if (!value.equals(current.get(name))) {
                records.add(new MetadataRecord.ConfigChanged(resource, name, value));
            }
        });
        return records;
    }
}
