package io.sampo.streams.admin;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.DescribeConfigsRequestData;
import org.apache.kafka.common.message.DescribeConfigsResponseData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterableConfig;
import org.apache.kafka.common.requests.AbstractRequest.Builder;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.DescribeConfigsRequest;
import org.apache.kafka.common.requests.DescribeConfigsResponse;
import org.apache.kafka.common.requests.DescribeConfigsResponse.ConfigSource;
import org.apache.kafka.common.requests.IncrementalAlterConfigsRequest;
import org.apache.kafka.common.requests.IncrementalAlterConfigsResponse;
import org.apache.pekko.Done;

/// Requests about the settings of topics and brokers. A broker's own are asked of that broker.
final class ConfigCalls {

    private final Routing routing;

    ConfigCalls(Routing routing) {
        this.routing = routing;
    }

    CompletionStage<Map<String, ConfigEntry>> describe(ConfigResource resource) {
        Supplier<Builder<?>> request = () -> new DescribeConfigsRequest.Builder(new DescribeConfigsRequestData()
                .setResources(List.of(new DescribeConfigsRequestData.DescribeConfigsResource()
                        .setResourceType(resource.type().id())
                        .setResourceName(resource.name())
                        .setConfigurationKeys(null))));
        return send(resource, request, body -> {
            Map<String, ConfigEntry> entries = new TreeMap<>();
            for (var result : ((DescribeConfigsResponse) body).data().results()) {
                TopicCalls.check(result.errorCode(), result.errorMessage());
                result.configs().forEach(config -> entries.put(config.name(), entry(config)));
            }
            return entries;
        });
    }

    /// @param changes empty: back to the default
    CompletionStage<Done> alter(ConfigResource resource, Map<String, Optional<String>> changes) {
        Supplier<Builder<?>> request = () -> {
            var wanted = new IncrementalAlterConfigsRequestData.AlterConfigsResource()
                    .setResourceType(resource.type().id())
                    .setResourceName(resource.name());
            changes.forEach((name, value) -> wanted.configs()
                    .add(new AlterableConfig()
                            .setName(name)
                            .setConfigOperation((value.isPresent() ? OpType.SET : OpType.DELETE).id())
                            .setValue(value.orElse(null))));
            IncrementalAlterConfigsRequestData data = new IncrementalAlterConfigsRequestData();
            data.resources().add(wanted);
            return new IncrementalAlterConfigsRequest.Builder(data);
        };
        return send(resource, request, body -> {
            ((IncrementalAlterConfigsResponse) body)
                    .data()
                    .responses()
                    .forEach(result -> TopicCalls.check(result.errorCode(), result.errorMessage()));
            return Done.getInstance();
        });
    }

    private <T> CompletionStage<T> send(
            ConfigResource resource, Supplier<Builder<?>> request, Function<AbstractResponse, T> reader) {
        boolean ofOneBroker = resource.type() == ConfigResource.Type.BROKER && !resource.isDefault();
        return ofOneBroker
                ? routing.toNode(Integer.parseInt(resource.name()), request, reader)
                : routing.toAny(request, reader);
    }

    private static ConfigEntry entry(DescribeConfigsResponseData.DescribeConfigsResourceResult config) {
        ConfigSource source = ConfigSource.forId(config.configSource());
        return new ConfigEntry(
                config.name(),
                Optional.ofNullable(config.value()),
                source == ConfigSource.DEFAULT_CONFIG,
                config.readOnly(),
                config.isSensitive());
    }
}
