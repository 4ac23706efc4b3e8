package io.sampo.actors.api;

import io.sampo.actors.metadata.ControllerClient;
import io.sampo.core.api.ClientRequest;
import io.sampo.core.api.RequestHandler;
import io.sampo.core.metadata.ControllerCommand;
import io.sampo.core.metadata.MetadataImage;
import io.sampo.core.metadata.MetadataView;
import io.sampo.core.metadata.TopicImage;
import io.sampo.core.metadata.TopicImage.PartitionAssignment;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.kafka.common.message.ListPartitionReassignmentsRequestData;
import org.apache.kafka.common.message.ListPartitionReassignmentsRequestData.ListPartitionReassignmentsTopics;
import org.apache.kafka.common.message.ListPartitionReassignmentsResponseData;
import org.apache.kafka.common.message.ListPartitionReassignmentsResponseData.OngoingPartitionReassignment;
import org.apache.kafka.common.message.ListPartitionReassignmentsResponseData.OngoingTopicReassignment;
import org.apache.kafka.common.requests.AlterPartitionReassignmentsRequest;
import org.apache.kafka.common.requests.AlterPartitionReassignmentsResponse;
import org.apache.kafka.common.requests.ListPartitionReassignmentsRequest;
import org.apache.kafka.common.requests.ListPartitionReassignmentsResponse;

/// AlterPartitionReassignments (v0 to v1) and ListPartitionReassignments (v0, KIP-455): where partitions shall be,
/// and
/// which of them are not there yet.
public final class ReassignmentsHandler implements RequestHandler {
    private final ControllerClient controller;
    private final MetadataView metadata;

    public ReassignmentsHandler(ControllerClient controller, MetadataView metadata) {
        this.controller = controller;
        this.metadata = metadata;
    }

    @Override
    public void handle(ClientRequest request) {
        switch (request.body()) {
            case AlterPartitionReassignmentsRequest alter ->
                Answers.whenDone(
                        request,
                        controller.submit(new ControllerCommand.AlterPartitionReassignments(alter.data())),
                        AlterPartitionReassignmentsResponse::new);
            case ListPartitionReassignmentsRequest list ->
                request.respond(new ListPartitionReassignmentsResponse(list(metadata.image(), list.data())));
            default -> throw new IllegalStateException("not served here: " + request.apiKey());
        }
    }

    private static ListPartitionReassignmentsResponseData list(
            MetadataImage image, ListPartitionReassignmentsRequestData body) {
        ListPartitionReassignmentsResponseData data = new ListPartitionReassignmentsResponseData();
        if (body.topics() == null) {
            image.topics()
                    .values()
                    .forEach(topic -> add(
                            data,
                            topic,
                            IntStream.range(0, topic.partitions().size())
                                    .boxed()
                                    .toList()));
        } else {
            for (ListPartitionReassignmentsTopics asked : body.topics()) {
                TopicImage topic = image.topic(asked.name());
                if (topic != null) {
                    add(data, topic, asked.partitionIndexes());
                }
            }
        }
        return data;
    }

    private static void add(ListPartitionReassignmentsResponseData data, TopicImage topic, List<Integer> partitions) {
        List<OngoingPartitionReassignment> ongoing = new ArrayList<>();
        for (int partition : partitions) {
            if (LocalPartitions.has(topic, partition)
                    && topic.partitions().get(partition).isReassigning()) {
                ongoing.add(describe(partition, topic.partitions().get(partition)));
            }
        }
        if (!ongoing.isEmpty()) {
            data.topics()
                    .add(new OngoingTopicReassignment().setName(topic.name()).setPartitions(ongoing));
        }
    }

    private static OngoingPartitionReassignment describe(int partition, PartitionAssignment assignment) {
        List<Integer> adding = new ArrayList<>(assignment.replicas());
        adding.removeAll(assignment.original());
        return new OngoingPartitionReassignment()
                .setPartitionIndex(partition)
                .setReplicas(assignment.hosts())
                .setAddingReplicas(adding)
                .setRemovingReplicas(assignment.leaving());
    }
}
