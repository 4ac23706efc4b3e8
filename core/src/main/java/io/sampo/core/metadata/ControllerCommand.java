package io.sampo.core.metadata;

import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.ReplicaId;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.AlterConfigsRequestData;
import org.apache.kafka.common.message.AlterConfigsResponseData;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData;
import org.apache.kafka.common.message.AlterPartitionReassignmentsResponseData;
import org.apache.kafka.common.message.AlterUserScramCredentialsRequestData;
import org.apache.kafka.common.message.AlterUserScramCredentialsResponseData;
import org.apache.kafka.common.message.CreatePartitionsRequestData;
import org.apache.kafka.common.message.CreatePartitionsResponseData;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.DeleteTopicsResponseData;
import org.apache.kafka.common.message.DescribeQuorumResponseData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData;
import org.apache.kafka.common.message.UnregisterBrokerRequestData;
import org.apache.kafka.common.message.UnregisterBrokerResponseData;
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
    /// @param node with the id -1 when the controller shall give it one: the id that its `nodeUuid` has already, or
    ///     the lowest above all that were ever given
    /// @param newClusterId the cluster's id if this is the first node that ever registers
    /// @param replace the node takes over an id whose data directory is lost
    record RegisterNode(NodeImage node, String newClusterId, boolean replace) implements ControllerCommand<Registered> {
        public RegisterNode(NodeImage node, String newClusterId) {
            this(node, newClusterId, false);
        }
    }

    /// @param error DUPLICATE_BROKER_REGISTRATION when the node id belongs to another data directory
    /// @param clusterId of the cluster that the node is now part of; "" with an error
    /// @param nodeId that the node has now; -1 with an error
    record Registered(Errors error, @Nullable String message, String clusterId, int nodeId) {}

    /// A node is gone and does not come back. Its replicas stay assigned to it, as in Kafka.
    record UnregisterNode(UnregisterBrokerRequestData request)
            implements ControllerCommand<UnregisterBrokerResponseData> {}

    record AlterPartitionReassignments(AlterPartitionReassignmentsRequestData request)
            implements ControllerCommand<AlterPartitionReassignmentsResponseData> {}

    /// Says of partitions who votes on them now: reassignments that this completes come to their end. Answered with
    /// their number.
    record CompleteReassignments(List<Settled> partitions) implements ControllerCommand<Integer> {
        public CompleteReassignments {
            partitions = List.copyOf(partitions);
        }
    }

    /// @param voters of the newest configuration that is committed
    record Settled(PartitionId id, List<ReplicaId> voters) {
        public Settled {
            voters = List.copyOf(voters);
        }
    }

    /// An operator gives up the voters of a partition that has no leader, and the records that only they have.
    ///
    /// @param voter shall lead alone
    /// @param knownEpoch the highest that a replica which can be reached has led or promised
    record ForceConfig(PartitionId id, ReplicaId voter, int knownEpoch) implements ControllerCommand<Forced> {}

    /// @param leaderEpoch in which the voter shall lead; -1 with an error
    record Forced(Errors error, @Nullable String message, int leaderEpoch) {}

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

    /// Who votes on the metadata partition and how far they are. Only its leader knows, so the question goes
    /// the way of a command; it changes nothing.
    record DescribeMetadataQuorum() implements ControllerCommand<DescribeQuorumResponseData> {}

    /// The next block of producer ids for a node.
    record AllocateProducerIds(int nodeId) implements ControllerCommand<ProducerIdBlock> {}

    /// @param firstProducerId inclusive
    record ProducerIdBlock(long firstProducerId, int count) {}
}
