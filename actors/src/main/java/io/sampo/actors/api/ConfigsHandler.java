package io.sampo.actors.api;

import io.sampo.actors.metadata.ControllerClient;
import io.sampo.core.api.ClientRequest;
import io.sampo.core.api.RequestHandler;
import io.sampo.core.config.BrokerConfig;
import io.sampo.core.config.ConfigValue;
import io.sampo.core.config.DynamicConfigs;
import io.sampo.core.config.TopicConfigs;
import io.sampo.core.metadata.ControllerCommand;
import io.sampo.core.metadata.MetadataImage;
import io.sampo.core.metadata.MetadataView;
import io.sampo.core.metadata.TopicImage;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.DescribeConfigsRequestData;
import org.apache.kafka.common.message.DescribeConfigsRequestData.DescribeConfigsResource;
import org.apache.kafka.common.message.DescribeConfigsResponseData;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsResourceResult;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsResult;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsSynonym;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AlterConfigsRequest;
import org.apache.kafka.common.requests.AlterConfigsResponse;
import org.apache.kafka.common.requests.DescribeConfigsRequest;
import org.apache.kafka.common.requests.DescribeConfigsResponse;
import org.apache.kafka.common.requests.DescribeConfigsResponse.ConfigSource;
import org.apache.kafka.common.requests.IncrementalAlterConfigsRequest;
import org.apache.kafka.common.requests.IncrementalAlterConfigsResponse;

/// DescribeConfigs (v1 to v4), IncrementalAlterConfigs (v0 to v1) and AlterConfigs (v0 to v2) for topics and nodes.
/// A node describes itself and the cluster-wide defaults.
public final class ConfigsHandler implements RequestHandler {
    private final ControllerClient controller;
    private final MetadataView metadata;
    private final BrokerConfig broker;
    private final TopicConfigs topicConfigs;

    public ConfigsHandler(ControllerClient controller, MetadataView metadata, BrokerConfig broker) {
        this.controller = controller;
        this.metadata = metadata;
        this.broker = broker;
        this.topicConfigs = new TopicConfigs(broker);
    }

    @Override
    public void handle(ClientRequest request) {
        switch (request.body()) {
            case DescribeConfigsRequest describe -> describe(request, describe.data());
            case IncrementalAlterConfigsRequest alter ->
                Answers.whenDone(
                        request,
                        controller.submit(new ControllerCommand.IncrementalAlterConfigs(alter.data())),
                        IncrementalAlterConfigsResponse::new);
            case AlterConfigsRequest alter ->
                Answers.whenDone(
                        request,
                        controller.submit(new ControllerCommand.AlterConfigs(alter.data())),
                        AlterConfigsResponse::new);
            default -> throw new IllegalStateException("not served here: " + request.apiKey());
        }
    }

    private void describe(ClientRequest request, DescribeConfigsRequestData body) {
        MetadataImage image = metadata.image();
        DescribeConfigsResponseData data = new DescribeConfigsResponseData();
        for (DescribeConfigsResource resource : body.resources()) {
            DescribeConfigsResult result = new DescribeConfigsResult()
                    .setResourceType(resource.resourceType())
                    .setResourceName(resource.resourceName())
                    .setConfigs(List.of());
            describe(image, resource, result, body);
            data.results().add(result);
        }
        request.respond(new DescribeConfigsResponse(data));
    }

    private void describe(
            MetadataImage image,
            DescribeConfigsResource resource,
            DescribeConfigsResult result,
            DescribeConfigsRequestData body) {
        String name = resource.resourceName();
        switch (ConfigResource.Type.forId(resource.resourceType())) {
            case TOPIC -> {
                TopicImage topic = image.topic(name);
                if (!Topic.isValid(name)) {
                    fail(result, Errors.INVALID_TOPIC_EXCEPTION, "'" + name + "' is not a valid name of a topic.");
                } else if (topic == null) {
                    fail(result, Errors.UNKNOWN_TOPIC_OR_PARTITION, "There is no topic '" + name + "'.");
                } else {
                    DynamicConfigs dynamic = image.dynamicConfigs(broker.nodeId());
                    fill(result, topicConfigs.describe(topic.configs(), dynamic), resource, body);
                }
            }
            case BROKER -> describeBroker(image, resource, result, body);
            case BROKER_LOGGER, CLIENT_METRICS, GROUP, UNKNOWN ->
                fail(result, Errors.INVALID_REQUEST, "Settings of this type of resource are not available.");
        }
    }

    private void describeBroker(
            MetadataImage image,
            DescribeConfigsResource resource,
            DescribeConfigsResult result,
            DescribeConfigsRequestData body) {
        DynamicConfigs dynamic = image.dynamicConfigs(broker.nodeId());
        if (resource.resourceName().isEmpty()) {
            List<ConfigValue> defaults =
                    broker.describe(new DynamicConfigs(DynamicConfigs.NONE.node(), dynamic.cluster())).stream()
                            .filter(value -> value.source() == ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG)
                            .toList();
            fill(result, defaults, resource, body);
        } else if (resource.resourceName().equals(Integer.toString(broker.nodeId()))) {
            fill(result, broker.describe(dynamic), resource, body);
        } else {
            fail(
                    result,
                    Errors.INVALID_REQUEST,
                    "Settings of node '" + resource.resourceName() + "' were asked of node " + broker.nodeId() + ".");
        }
    }

    private static void fail(DescribeConfigsResult result, Errors error, String message) {
        result.setErrorCode(error.code()).setErrorMessage(message);
    }

    private static void fill(
            DescribeConfigsResult result,
            List<ConfigValue> values,
            DescribeConfigsResource resource,
            DescribeConfigsRequestData body) {
        List<String> keys = resource.configurationKeys();
        List<DescribeConfigsResourceResult> configs = new ArrayList<>();
        for (ConfigValue value : values) {
            if (keys == null || keys.isEmpty() || keys.contains(value.name())) {
                configs.add(describe(value, body.includeSynonyms(), body.includeDocumentation()));
            }
        }
        result.setConfigs(configs);
    }

    private static DescribeConfigsResourceResult describe(
            ConfigValue value, boolean includeSynonyms, boolean includeDocumentation) {
        DescribeConfigsResourceResult described = new DescribeConfigsResourceResult()
                .setName(value.name())
                .setValue(value.value())
                .setReadOnly(value.readOnly())
                .setConfigSource(value.source().id())
                .setIsSensitive(value.sensitive())
                .setConfigType(value.type().id())
                .setDocumentation(includeDocumentation ? value.documentation() : null);
        if (includeSynonyms) {
            for (ConfigValue.Synonym synonym : value.synonyms()) {
                described
                        .synonyms()
                        .add(new DescribeConfigsSynonym()
                                .setName(synonym.name())
                                .setValue(synonym.value())
                                .setSource(synonym.source().id()));
            }
        }
        return described;
    }
}
