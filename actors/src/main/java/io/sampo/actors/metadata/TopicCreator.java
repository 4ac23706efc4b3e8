package io.sampo.actors.metadata;

import io.sampo.core.config.BrokerConfig;
import io.sampo.core.metadata.ControllerCommand;
import io.sampo.core.metadata.InternalTopics;
import io.sampo.core.metadata.MetadataImage;
import io.sampo.core.metadata.MetadataView;
import io.sampo.core.metadata.TopicImage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.CreatePartitionsRequestData;
import org.apache.kafka.common.message.CreatePartitionsResponseData;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.protocol.Errors;

/// Creates topics and more partitions of them through the controller, and waits until they can be used.
///
/// Thread rule: any thread; never blocks.
public final class TopicCreator {
    private final ControllerClient controller;
    private final MetadataView metadata;
    private final LeaderWait leaders;
    private final BrokerConfig broker;

    public TopicCreator(ControllerClient controller, MetadataView metadata, LeaderWait leaders, BrokerConfig broker) {
        this.controller = controller;
        this.metadata = metadata;
        this.leaders = leaders;
        this.broker = broker;
    }

    /// Creates what a client asked for. The answer comes when the new partitions have leaders, or once the topics are
    /// committed and `maxWait`, counted from now, is over: they exist then all the same.
    public CompletionStage<CreateTopicsResponseData> create(CreateTopicsRequestData request, Duration maxWait) {
        long deadlineNanos = System.nanoTime() + maxWait.toNanos();
        List<Uuid> topicIds =
                Stream.generate(Uuid::randomUuid).limit(request.topics().size()).toList();
        return controller
                .submit(new ControllerCommand.CreateTopics(request, topicIds))
                .thenCompose(response -> {
                    List<TopicImage> created = new ArrayList<>();
                    if (!request.validateOnly()) {
                        response.topics().forEach(topic -> {
                            TopicImage image = metadata.image().topic(topic.topicId());
                            if (image != null) {
                                created.add(image);
                            }
                        });
                    }
                    return leaders.await(created, deadlineNanos).thenApply(_ -> response);
                });
    }

    /// Adds partitions as a client asked for; answers like [#create].
    public CompletionStage<CreatePartitionsResponseData> grow(CreatePartitionsRequestData request, Duration maxWait) {
        long deadlineNanos = System.nanoTime() + maxWait.toNanos();
        return controller
                .submit(new ControllerCommand.CreatePartitions(request))
                .thenCompose(response -> {
                    MetadataImage image = metadata.image();
                    List<TopicImage> grown = new ArrayList<>();
                    response.results().forEach(result -> {
                        TopicImage topic = image.topic(result.name());
                        if (result.errorCode() == Errors.NONE.code() && topic != null) {
                            grown.add(topic);
                        }
                    });
                    return leaders.await(grown, deadlineNanos).thenApply(_ -> response);
                });
    }

    /// Creates topics because somebody uses them: with the cluster's defaults, internal ones as they must be. A
    /// topic that exists meanwhile counts as created.
    ///
    /// @return NONE or the error for each name
    public CompletionStage<Map<String, Errors>> createAutomatically(Collection<String> names, Duration maxWait) {
        long deadlineNanos = System.nanoTime() + maxWait.toNanos();
        CreateTopicsRequestData request = new CreateTopicsRequestData();
        names.stream().distinct().forEach(name -> request.topics().add(InternalTopics.automatic(name, broker)));
        return create(request, maxWait).thenCompose(response -> {
            Map<String, Errors> errors = new HashMap<>();
            List<TopicImage> existing = new ArrayList<>();
            response.topics().forEach(topic -> {
                Errors error = Errors.forCode(topic.errorCode());
                if (error == Errors.TOPIC_ALREADY_EXISTS) {
                    error = Errors.NONE;
                    Stream.ofNullable(metadata.image().topic(topic.name())).forEach(existing::add);
                }
                errors.put(topic.name(), Objects.requireNonNull(error));
            });
            // Somebody else just created it: its leaders may still be on their way.
            return leaders.await(existing, deadlineNanos).thenApply(_ -> errors);
        });
    }
}
