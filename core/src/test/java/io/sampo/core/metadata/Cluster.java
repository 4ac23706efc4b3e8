package io.sampo.core.metadata;

import io.sampo.core.config.BrokerConfig;
import io.sampo.core.metadata.TopicImage.PartitionAssignment;
import io.sampo.core.partition.ReplicaId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableReplicaAssignment;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopicConfig;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicResult;

/// A cluster in a test: decides and applies at once.
final class Cluster {
    final ControllerCore core;
    final TreeSet<Integer> liveNodes = new TreeSet<>();
    MetadataImage image = MetadataImage.EMPTY;
    List<MetadataRecord> lastRecords = List.of();
    private long nextId = 1;

    Cluster(int nodes, Map<String, String> broker) {
        core = new ControllerCore(BrokerConfig.parse(broker));
        for (int node = 1; node <= nodes; node++) {
            tell(new ControllerCommand.RegisterNode(node(node), "cluster-1"));
            liveNodes.add(node);
        }
    }

    static NodeImage node(int nodeId) {
        return new NodeImage(nodeId, new Uuid(9, nodeId), new Uuid(8, nodeId), null, List.of());
    }

    /// An assignment of partitions that began on these nodes, in the directories of [#node].
    static PartitionAssignment begun(Integer... nodes) {
        return new PartitionAssignment(
                List.of(nodes),
                Stream.of(nodes)
                        .map(nodeId -> new ReplicaId(nodeId, node(nodeId).directoryId()))
                        .toList());
    }

    <R> R tell(ControllerCommand<R> command) {
        Decision<R> decision = core.decide(image, command, liveNodes);
        lastRecords = decision.records();
        image = MetadataDelta.apply(image, lastRecords, image.offset() + lastRecords.size());
        return decision.response();
    }

    Uuid newId() {
        return new Uuid(7, nextId++);
    }

    CreateTopicsResponseData create(CreateTopicsRequestData request) {
        List<Uuid> ids = new ArrayList<>();
        request.topics().forEach(_ -> ids.add(newId()));
        return tell(new ControllerCommand.CreateTopics(request, ids));
    }

    CreatableTopicResult create(CreatableTopic topic) {
        CreateTopicsRequestData request = new CreateTopicsRequestData();
        request.topics().add(topic);
        return create(request).topics().iterator().next();
    }

    CreatableTopicResult create(String name, int partitions, int replicationFactor) {
        return create(topic(name, partitions, replicationFactor));
    }

    static CreatableTopic topic(String name, int partitions, int replicationFactor) {
        return new CreatableTopic().setName(name).setNumPartitions(partitions).setReplicationFactor((short)
                replicationFactor);
    }

    static CreatableTopic config(CreatableTopic topic, String key, String value) {
        topic.configs().add(new CreatableTopicConfig().setName(key).setValue(value));
        return topic;
    }

    static CreatableTopic assigned(String name, List<List<Integer>> replicas) {
        CreatableTopic topic = topic(name, -1, -1);
        for (int partition = 0; partition < replicas.size(); partition++) {
            topic.assignments()
                    .add(new CreatableReplicaAssignment()
                            .setPartitionIndex(partition)
                            .setBrokerIds(replicas.get(partition)));
        }
        return topic;
    }
}
