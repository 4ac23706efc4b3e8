package io.sampo.core.metadata;

import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.AlterConfigsRequestData;
import org.apache.kafka.common.message.AlterConfigsResponseData;
import org.apache.kafka.common.message.AlterUserScramCredentialsRequestData;
import org.apache.kafka.common.message.AlterUserScramCredentialsResponseData;
import org.apache.kafka.common.message.CreatePartitionsRequestData;
import org.apache.kafka.common.message.CreatePartitionsResponseData;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.DeleteTopicsResponseData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// A wish to change metadata, and the type of its answer. Where Kafka has a request for it, the command holds that
/// request's data as it came and the answer is the data of Kafka's response: so a command can travel to the node of
/// the controller in Kafka's own encoding.
///
/// @param <R> type of the answer
public sealed interface ControllerCommand<R> {

    /// A node has started.
    ///
    /// @param newClusterId the cluster's id if this is the first node that ever registers
    record RegisterNode(NodeImage node, String newClusterId) implements ControllerCommand<Registered> {}

    /// @param error DUPLICATE_BROKER_REGISTRATION when the node id belongs to another data directory
    /// @param clusterId of the cluster that the node is now part of; "" with an error
    record Registered(Errors error, @Nullable String message, String clusterId) {}

    /// @param topicIds one unused id for each topic of the request (the core makes up nothing)
    record CreateTopics(CreateTopicsRequestData request, List<Uuid> topicIds)
            implements ControllerCommand<CreateTopicsResponseData> {
        public CreateTopics {
            topicIds = List.copyOf(topicIds);
        }
    }

    record DeleteTopics(DeleteTopicsRequestData request) implements ControllerCommand<DeleteTopicsResponseData> {}

    record CreatePartitions(CreatePartitionsRequestData request)
            implements ControllerCommand<CreatePartitionsResponseData> {}

    record IncrementalAlterConfigs(IncrementalAlterConfigsRequestData request)
            implements ControllerCommand<IncrementalAlterConfigsResponseData> {}

    record AlterConfigs(AlterConfigsRequestData request) implements ControllerCommand<AlterConfigsResponseData> {}

    record AlterScramCredentials(AlterUserScramCredentialsRequestData request)
            implements ControllerCommand<AlterUserScramCredentialsResponseData> {}

    /// The next block of producer ids for a node.
    record AllocateProducerIds(int nodeId) implements ControllerCommand<ProducerIdBlock> {}

    /// @param firstProducerId inclusive
    record ProducerIdBlock(long firstProducerId, int count) {}
}
