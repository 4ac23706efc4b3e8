package io.sampo.actors.api;

import io.sampo.actors.metadata.ControllerClient;
import io.sampo.core.api.ClientRequest;
import io.sampo.core.api.RequestHandler;
import io.sampo.core.metadata.ControllerCommand;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.DescribeQuorumRequestData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.DescribeQuorumRequest;
import org.apache.kafka.common.requests.DescribeQuorumResponse;

/// DescribeQuorum (v0 to v2): leader, voters and observers of the metadata partition. Any node answers it; its
/// leader
/// is asked.
public final class DescribeQuorumHandler implements RequestHandler {
    private final ControllerClient controller;

    public DescribeQuorumHandler(ControllerClient controller) {
        this.controller = controller;
    }

    @Override
    public void handle(ClientRequest request) {
        DescribeQuorumRequestData body = ((DescribeQuorumRequest) request.body()).data();
        if (isMetadataPartition(body)) {
            Answers.whenDone(
                    request,
                    controller.submit(new ControllerCommand.DescribeMetadataQuorum()),
                    DescribeQuorumResponse::new);
        } else {
            request.respond(new DescribeQuorumResponse(
                    DescribeQuorumRequest.getPartitionLevelErrorResponse(body, Errors.UNKNOWN_TOPIC_OR_PARTITION)));
        }
    }

    private static boolean isMetadataPartition(DescribeQuorumRequestData body) {
        return body.topics().size() == 1
                && body.topics().getFirst().topicName().equals(Topic.CLUSTER_METADATA_TOPIC_NAME)
                && body.topics().getFirst().partitions().size() == 1
                && body.topics().getFirst().partitions().getFirst().partitionIndex() == 0;
    }
}
