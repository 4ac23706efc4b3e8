package io.sampo.actors.api;

import static io.sampo.actors.Eventually.eventually;
import static io.sampo.actors.api.AskedRequest.ask;
import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.actors.metadata.MetadataNode;
import io.sampo.actors.partition.LeaderDirectory.Transfer;
import io.sampo.core.leadership.ReplicaStanding;
import io.sampo.core.metadata.ControllerCommand;
import io.sampo.core.metadata.LeaderView.Leadership;
import io.sampo.core.metadata.NodeImage;
import io.sampo.core.metadata.NodeImage.Endpoint;
import io.sampo.core.metadata.TopicImage;
import io.sampo.core.partition.ForcedConfig;
import io.sampo.core.partition.LogKey;
import io.sampo.core.partition.ReplicaId;
import io.sampo.core.partition.ReplicaStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntPredicate;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData.ReassignablePartition;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData.ReassignableTopic;
import org.apache.kafka.common.message.AlterPartitionReassignmentsResponseData;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableReplicaAssignment;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.DescribeClusterRequestData;
import org.apache.kafka.common.message.DescribeClusterResponseData;
import org.apache.kafka.common.message.DescribeQuorumResponseData;
import org.apache.kafka.common.message.DescribeTopicPartitionsRequestData;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData;
import org.apache.kafka.common.message.ElectLeadersRequestData;
import org.apache.kafka.common.message.ElectLeadersRequestData.TopicPartitions;
import org.apache.kafka.common.message.ElectLeadersRequestData.TopicPartitionsCollection;
import org.apache.kafka.common.message.ElectLeadersResponseData;
import org.apache.kafka.common.message.ListPartitionReassignmentsRequestData;
import org.apache.kafka.common.message.ListPartitionReassignmentsResponseData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponsePartition;
import org.apache.kafka.common.message.UnregisterBrokerRequestData;
import org.apache.kafka.common.message.UnregisterBrokerResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.DescribeQuorumRequest;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What node 1 tells clients of a cluster of four.
class ClusterApisTest {
    private final MetadataNode node = new MetadataNode(Map.of());
    private final Set<Integer> dead = ConcurrentHashMap.newKeySet();
    private final IntPredicate live = nodeId -> !dead.contains(nodeId);
    private final NodeAddresses addresses = new NodeAddresses(1, live);
    private final ReassignmentsHandler reassignments = new ReassignmentsHandler(node.client, node.publisher);
    private final ElectLeadersHandler elections = new ElectLeadersHandler(
            node.publisher,
            node.partition,
            new UncleanElection(node.publisher, node.partition, node.client, node.leaders));

    @BeforeEach
    void start() throws Exception {
        node.start();
        for (int id = 2; id <= 4; id++) {
            NodeImage image = new NodeImage(
                    id,
                    new Uuid(1, 1),
                    directory(id),
                    "rack-" + id,
                    List.of(new Endpoint("PLAINTEXT", "host-" + id, 9092)));
            MetadataNode.get(node.client.submit(new ControllerCommand.RegisterNode(image, "")));
        }
    }

    @AfterEach
    void close() {
        node.close();
    }

    private static Uuid directory(int nodeId) {
        return nodeId == 1 ? MetadataNode.NODE.directoryId() : new Uuid(2, nodeId);
    }

    private TopicImage create(String name, List<List<Integer>> replicas) throws Exception {
        CreatableTopic topic =
                new CreatableTopic().setName(name).setNumPartitions(-1).setReplicationFactor((short) -1);
        for (int partition = 0; partition < replicas.size(); partition++) {
            topic.assignments()
                    .add(new CreatableReplicaAssignment()
                            .setPartitionIndex(partition)
                            .setBrokerIds(replicas.get(partition)));
        }
        CreateTopicsRequestData request = new CreateTopicsRequestData();
        request.topics().add(topic);
        MetadataNode.get(node.client.submit(new ControllerCommand.CreateTopics(request, List.of(Uuid.randomUuid()))));
        return requireNonNull(node.publisher.image().topic(name));
    }

    private static List<ReplicaId> replicas(int... nodeIds) {
        List<ReplicaId> replicas = new ArrayList<>();
        for (int nodeId : nodeIds) {
            replicas.add(new ReplicaId(nodeId, directory(nodeId)));
        }
        return replicas;
    }

    private void leads(TopicImage topic, int partition, int nodeId, List<Integer> inSync, int... voters) {
        node.partition.setLeadership(
                topic.partitionId(partition), new Leadership(nodeId, 7, inSync, List.of(), replicas(voters)));
    }

    private MetadataResponsePartition described(String topic) throws Exception {
        MetadataHandler handler =
                new MetadataHandler(node.publisher, node.partition, addresses, node.creator, node.broker);
        MetadataResponseData response = ask(handler, ApiKeys.METADATA, 12, new MetadataRequestData().setTopics(null));
        return requireNonNull(response.topics().find(topic)).partitions().getFirst();
    }

    @Test
    void aPartitionIsDescribedAsItsLeaderSeesIt() throws Exception {
        TopicImage topic = create("t", List.of(List.of(2, 3, 1)));
        MetadataResponsePartition partition = described("t");
        assertEquals(Errors.LEADER_NOT_AVAILABLE.code(), partition.errorCode());
        assertEquals(-1, partition.leaderId());
        leads(topic, 0, 3, List.of(3, 1), 2, 3, 1);
        partition = described("t");
        assertEquals(0, partition.errorCode());
        assertEquals(3, partition.leaderId());
        assertEquals(7, partition.leaderEpoch());
        assertEquals(List.of(2, 3, 1), partition.replicaNodes());
        assertEquals(List.of(3, 1), partition.isrNodes());
        assertEquals(List.of(), partition.offlineReplicas());
    }

    @Test
    void aNodeThatCannotBeReachedIsOfflineAndNotOfferedToClients() throws Exception {
        TopicImage topic = create("t", List.of(List.of(2, 3, 1)));
        leads(topic, 0, 3, List.of(3, 1, 2), 2, 3, 1);
        dead.add(2);
        MetadataResponsePartition partition = described("t");
        assertEquals(List.of(2), partition.offlineReplicas());
        assertEquals(List.of(3, 1), partition.isrNodes());
        var topics = new DescribeTopicPartitionsHandler(node.publisher, node.partition, addresses, node.broker);
        DescribeTopicPartitionsResponseData response =
                ask(topics, ApiKeys.DESCRIBE_TOPIC_PARTITIONS, 0, new DescribeTopicPartitionsRequestData());
        assertEquals(
                List.of(2),
                response.topics().iterator().next().partitions().getFirst().offlineReplicas());
        DescribeClusterResponseData cluster = ask(
                new DescribeClusterHandler(node.publisher, node.partition, addresses),
                ApiKeys.DESCRIBE_CLUSTER,
                1,
                new DescribeClusterRequestData());
        TreeSet<String> told = new TreeSet<>();
        cluster.brokers().forEach(broker -> told.add(broker.brokerId() + "@" + broker.host() + "/" + broker.rack()));
        assertEquals(Set.of("1@broker.dialled/rack-a", "3@host-3/rack-3", "4@host-4/rack-4"), told);
        assertEquals(1, cluster.controllerId());
    }

    private Errors reassign(String topic, @Nullable List<Integer> replicas) throws Exception {
        AlterPartitionReassignmentsRequestData request = new AlterPartitionReassignmentsRequestData();
        request.topics()
                .add(new ReassignableTopic()
                        .setName(topic)
                        .setPartitions(List.of(
                                new ReassignablePartition().setPartitionIndex(0).setReplicas(replicas))));
        AlterPartitionReassignmentsResponseData response =
                ask(reassignments, ApiKeys.ALTER_PARTITION_REASSIGNMENTS, 0, request);
        return Errors.forCode(
                response.responses().getFirst().partitions().getFirst().errorCode());
    }

    private ListPartitionReassignmentsResponseData ongoing() throws Exception {
        return ask(
                reassignments,
                ApiKeys.LIST_PARTITION_REASSIGNMENTS,
                0,
                new ListPartitionReassignmentsRequestData().setTopics(null));
    }

    private List<Integer> hosts() {
        return requireNonNull(node.publisher.image().topic("t"))
                .partitions()
                .getFirst()
                .hosts();
    }

    @Test
    void aReassignmentIsListedUntilTheVotersAreThere() throws Exception {
        TopicImage topic = create("t", List.of(List.of(1, 2, 3), List.of(1, 2, 3)));
        leads(topic, 0, 1, List.of(1, 2, 3), 1, 2, 3);
        assertEquals(Errors.NO_REASSIGNMENT_IN_PROGRESS, reassign("t", null));
        assertEquals(Errors.NONE, reassign("t", List.of(4, 2, 3)));
        var listed = ongoing().topics().getFirst().partitions();
        assertEquals(1, listed.size());
        assertEquals(List.of(4, 2, 3, 1), listed.getFirst().replicas());
        assertEquals(List.of(4), listed.getFirst().addingReplicas());
        assertEquals(List.of(1), listed.getFirst().removingReplicas());
        assertEquals(List.of(4, 2, 3, 1), described("t").replicaNodes());
        leads(topic, 0, 1, List.of(1, 2, 3, 4), 1, 2, 3, 4);
        leads(topic, 0, 4, List.of(2, 3, 4), 2, 3, 4);
        eventually("the controller ends it", () -> hosts().equals(List.of(4, 2, 3)));
        assertTrue(ongoing().topics().isEmpty());
        assertEquals(List.of(4, 2, 3), described("t").replicaNodes());
    }

    @Test
    void aCancelledReassignmentIsListedNoMore() throws Exception {
        TopicImage topic = create("t", List.of(List.of(1, 2, 3)));
        leads(topic, 0, 1, List.of(1, 2, 3), 1, 2, 3, 4);
        reassign("t", List.of(4, 2, 3));
        assertEquals(Errors.NONE, reassign("t", null));
        assertTrue(ongoing().topics().isEmpty());
        assertEquals(List.of(1, 2, 3, 4), described("t").replicaNodes(), "node 4 may vote by now");
        leads(topic, 0, 1, List.of(1, 2, 3), 1, 2, 3);
        eventually("node 4 is out", () -> hosts().equals(List.of(1, 2, 3)));
    }

    private CompletableFuture<ElectLeadersResponseData> elect(
            byte type, int timeoutMs, @Nullable TopicPartitionsCollection partitions) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return ask(
                        elections,
                        ApiKeys.ELECT_LEADERS,
                        2,
                        new ElectLeadersRequestData()
                                .setElectionType(type)
                                .setTimeoutMs(timeoutMs)
                                .setTopicPartitions(partitions));
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
    }

    private static Map<Integer, Errors> errors(ElectLeadersResponseData response) {
        Map<Integer, Errors> errors = new TreeMap<>();
        response.replicaElectionResults()
                .forEach(topic -> topic.partitionResult()
                        .forEach(partition ->
                                errors.put(partition.partitionId(), Errors.forCode(partition.errorCode()))));
        return errors;
    }

    @Test
    void preferredLeadersAreElectedByTransfer() throws Exception {
        List<Integer> all = List.of(1, 2, 3);
        TopicImage topic = create("t", List.of(all, all, all, all, all, all));
        leads(topic, 0, 1, all);
        leads(topic, 1, 2, all);
        leads(topic, 2, 2, List.of(2, 3));
        leads(topic, 3, 3, all);
        leads(topic, 5, 3, all);
        CompletableFuture<ElectLeadersResponseData> elected = elect((byte) 0, 1000, null);
        eventually("three moves", () -> node.partition.transfers.size() == 3);
        assertFalse(elected.isDone());
        requireNonNull(node.partition.transfers.get(topic.partitionId(1))).complete(new Transfer(true, ""));
        requireNonNull(node.partition.transfers.get(topic.partitionId(3))).complete(new Transfer(false, "too slow"));
        ElectLeadersResponseData response = elected.get();
        assertEquals(
                Map.of(
                        1, Errors.NONE,
                        2, Errors.PREFERRED_LEADER_NOT_AVAILABLE,
                        3, Errors.PREFERRED_LEADER_NOT_AVAILABLE,
                        4, Errors.PREFERRED_LEADER_NOT_AVAILABLE,
                        5, Errors.REQUEST_TIMED_OUT),
                errors(response));
        assertEquals(1, described("t").leaderId());
    }

    @Test
    void whoAsksForOnePartitionHearsOfItInAnyCase() throws Exception {
        TopicImage topic = create("t", List.of(List.of(1, 2, 3), List.of(1, 2, 3)));
        leads(topic, 0, 1, List.of(1, 2, 3));
        TopicPartitionsCollection asked = new TopicPartitionsCollection();
        asked.add(new TopicPartitions().setTopic("t").setPartitions(List.of(0, 9)));
        assertEquals(
                Map.of(0, Errors.ELECTION_NOT_NEEDED, 9, Errors.UNKNOWN_TOPIC_OR_PARTITION),
                errors(elect((byte) 0, 1000, asked).get()));
        TopicPartitionsCollection unclean = new TopicPartitionsCollection();
        unclean.add(new TopicPartitions().setTopic("t").setPartitions(List.of(0, 1)));
        assertEquals(
                Map.of(0, Errors.ELECTION_NOT_NEEDED, 1, Errors.ELIGIBLE_LEADERS_NOT_AVAILABLE),
                errors(elect((byte) 1, 1000, unclean).get()));
        assertEquals(
                Errors.INVALID_REQUEST.code(), elect((byte) 7, 1000, null).get().errorCode());
    }

    private ReplicaStanding standing(int nodeId, int lastEpoch, long logEndOffset) {
        return new ReplicaStanding(replicas(nodeId).getFirst(), new LogKey(lastEpoch, logEndOffset), 9, false, false);
    }

    private static TopicPartitionsCollection only(String topic, int partition) {
        TopicPartitionsCollection asked = new TopicPartitionsCollection();
        asked.add(new TopicPartitions().setTopic(topic).setPartitions(List.of(partition)));
        return asked;
    }

    @Test
    void anUncleanElectionNamesTheBestReplicaThatCanBeReachedAndWaitsForIt() throws Exception {
        TopicImage topic = create("t", List.of(List.of(1, 2, 3), List.of(1, 2, 3)));
        node.partition.standings = List.of(standing(1, 7, 90), standing(3, 8, 40));

        CompletableFuture<ElectLeadersResponseData> elected = elect((byte) 1, 10_000, only("t", 1));
        ForcedConfig expected =
                new ForcedConfig(ForcedConfig.nextEpoch(9), replicas(3).getFirst());
        eventually(
                "the image says so",
                () -> expected.equals(node.publisher.image().forcedConfig(topic.partitionId(1))));
        assertFalse(elected.isDone());
        leads(topic, 1, 3, List.of(3));

        assertEquals(Map.of(1, Errors.NONE), errors(elected.get()));
        assertNull(node.publisher.image().forcedConfig(topic.partitionId(0)));
    }

    @Test
    void anUncleanElectionThatTakesTooLongTimesOut() throws Exception {
        create("t", List.of(List.of(1, 2, 3)));
        node.partition.standings = List.of(standing(2, 7, 90));

        assertEquals(
                Map.of(0, Errors.REQUEST_TIMED_OUT),
                errors(elect((byte) 1, 300, only("t", 0)).get()));
    }

    @Test
    void whoHearsALeaderNeedsNoElection() throws Exception {
        TopicImage topic = create("t", List.of(List.of(1, 2, 3)));
        node.partition.standings =
                List.of(new ReplicaStanding(replicas(2).getFirst(), new LogKey(7, 90), 9, false, true));

        assertEquals(
                Map.of(0, Errors.ELECTION_NOT_NEEDED),
                errors(elect((byte) 1, 1000, only("t", 0)).get()));
        assertNull(node.publisher.image().forcedConfig(topic.partitionId(0)));
    }

    @Test
    void internalTopicsAreForcedOnlyWhereTheyAreNamed() throws Exception {
        TopicImage topic = create("__consumer_offsets", List.of(List.of(1, 2, 3)));
        node.partition.standings = List.of(standing(2, 7, 90));

        assertEquals(
                Map.of(0, Errors.ELIGIBLE_LEADERS_NOT_AVAILABLE),
                errors(elect((byte) 1, 1000, null).get()));
        assertNull(node.publisher.image().forcedConfig(topic.partitionId(0)));

        CompletableFuture<ElectLeadersResponseData> elected = elect((byte) 1, 10_000, only("__consumer_offsets", 0));
        eventually("the image says so", () -> node.publisher.image().forcedConfig(topic.partitionId(0)) != null);
        leads(topic, 0, 2, List.of(2));
        assertEquals(Map.of(0, Errors.NONE), errors(elected.get()));
    }

    @Test
    void theQuorumOfTheMetadataIsDescribed() throws Exception {
        node.partition.statuses = List.of(
                new ReplicaStatus(replicas(1).getFirst(), true, 9, 100, 100),
                new ReplicaStatus(replicas(2).getFirst(), false, 8, 99, 90));
        DescribeQuorumHandler handler = new DescribeQuorumHandler(node.client);
        DescribeQuorumResponseData response = ask(
                handler,
                ApiKeys.DESCRIBE_QUORUM,
                2,
                DescribeQuorumRequest.singletonRequest(new TopicPartition("__cluster_metadata", 0)));
        var partition = response.topics().getFirst().partitions().getFirst();
        assertEquals(1, partition.leaderId());
        assertEquals(1, partition.leaderEpoch());
        assertEquals(node.publisher.image().offset() + 1, partition.highWatermark());
        assertEquals(9, partition.currentVoters().getFirst().logEndOffset());
        assertEquals(2, partition.observers().getFirst().replicaId());
        assertEquals(90, partition.observers().getFirst().lastCaughtUpTimestamp());
        assertEquals(4, response.nodes().size());
        response = ask(
                handler,
                ApiKeys.DESCRIBE_QUORUM,
                2,
                DescribeQuorumRequest.singletonRequest(new TopicPartition("t", 0)));
        assertEquals(
                Errors.UNKNOWN_TOPIC_OR_PARTITION.code(),
                response.topics().getFirst().partitions().getFirst().errorCode());
    }

    @Test
    void aNodeIsUnregistered() throws Exception {
        UnregisterBrokerHandler handler = new UnregisterBrokerHandler(node.client);
        UnregisterBrokerResponseData response =
                ask(handler, ApiKeys.UNREGISTER_BROKER, 0, new UnregisterBrokerRequestData().setBrokerId(4));
        assertEquals(0, response.errorCode());
        assertNull(node.publisher.image().nodes().get(4));
        response = ask(handler, ApiKeys.UNREGISTER_BROKER, 0, new UnregisterBrokerRequestData().setBrokerId(4));
        assertEquals(Errors.BROKER_ID_NOT_REGISTERED.code(), response.errorCode());
    }
}
