package io.sampo.actors.metadata;

import io.sampo.core.metadata.MetadataImage;
import io.sampo.core.metadata.NodeImage;
import io.sampo.core.partition.ReadView;
import io.sampo.core.partition.ReplicaStatus;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.DescribeQuorumResponseData;
import org.apache.kafka.common.message.DescribeQuorumResponseData.Listener;
import org.apache.kafka.common.message.DescribeQuorumResponseData.ListenerCollection;
import org.apache.kafka.common.message.DescribeQuorumResponseData.Node;
import org.apache.kafka.common.message.DescribeQuorumResponseData.NodeCollection;
import org.apache.kafka.common.message.DescribeQuorumResponseData.PartitionData;
import org.apache.kafka.common.message.DescribeQuorumResponseData.ReplicaState;
import org.apache.kafka.common.requests.DescribeQuorumResponse;

/// The metadata partition's replicas in the words of DescribeQuorum (KIP-595, KIP-836).
final class QuorumDescription {
    private QuorumDescription() {}

    static DescribeQuorumResponseData of(
            MetadataImage image, int leaderNodeId, ReadView view, List<ReplicaStatus> replicas) {
        PartitionData partition = new PartitionData()
                .setPartitionIndex(0)
                .setLeaderId(leaderNodeId)
                .setLeaderEpoch(view.leaderEpoch())
                .setHighWatermark(view.highWatermark());
        for (ReplicaStatus replica : replicas) {
            ReplicaState state = new ReplicaState()
                    .setReplicaId(replica.replica().nodeId())
                    .setReplicaDirectoryId(replica.replica().directoryId())
                    .setLogEndOffset(replica.logEndOffset())
                    .setLastFetchTimestamp(replica.lastFetchMs())
                    .setLastCaughtUpTimestamp(replica.lastCaughtUpMs());
            (replica.voter() ? partition.currentVoters() : partition.observers()).add(state);
        }
        NodeCollection nodes = new NodeCollection();
        image.nodes().values().forEach(node -> nodes.add(describe(node)));
        return DescribeQuorumResponse.singletonResponse(
                new TopicPartition(Topic.CLUSTER_METADATA_TOPIC_NAME, 0), partition, nodes);
    }

    private static Node describe(NodeImage node) {
        List<Listener> listeners = new ArrayList<>();
        node.endpoints()
                .forEach(endpoint -> listeners.add(new Listener()
                        .setName(endpoint.listener())
                        .setHost(endpoint.host())
                        .setPort(endpoint.port())));
        return new Node().setNodeId(node.nodeId()).setListeners(new ListenerCollection(listeners.iterator()));
    }
}
