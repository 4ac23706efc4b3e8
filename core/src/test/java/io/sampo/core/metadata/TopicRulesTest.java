package io.sampo.core.metadata;

import static io.sampo.core.metadata.Cluster.assigned;
import static io.sampo.core.metadata.Cluster.config;
import static io.sampo.core.metadata.Cluster.topic;
import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.CreatePartitionsRequestData;
import org.apache.kafka.common.message.CreatePartitionsRequestData.CreatePartitionsAssignment;
import org.apache.kafka.common.message.CreatePartitionsRequestData.CreatePartitionsTopic;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicResult;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.DeleteTopicsRequestData.DeleteTopicState;
import org.apache.kafka.common.message.DeleteTopicsResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

class TopicRulesTest {
    private final Cluster cluster = new Cluster(3, Map.of("sampo.create.topic.max.partitions", "50"));

    @Test
    void errorsOfCreateTopics() {
        cluster.create("there", 1, 1);
        cluster.create("a.b", 1, 1);
        record Case(CreatableTopic topic, Errors expected) {}
        List<Case> cases = List.of(
                new Case(topic("", 1, 1), Errors.INVALID_TOPIC_EXCEPTION),
                new Case(topic("..", 1, 1), Errors.INVALID_TOPIC_EXCEPTION),
                new Case(topic("a b", 1, 1), Errors.INVALID_TOPIC_EXCEPTION),
                new Case(topic("x".repeat(250), 1, 1), Errors.INVALID_TOPIC_EXCEPTION),
                new Case(topic("a_b", 1, 1), Errors.INVALID_TOPIC_EXCEPTION),
                new Case(topic("__cluster_metadata", 1, 1), Errors.INVALID_REQUEST),
                new Case(topic("there", 1, 1), Errors.TOPIC_ALREADY_EXISTS),
                new Case(topic("n", 0, 1), Errors.INVALID_PARTITIONS),
                new Case(topic("n", -2, 1), Errors.INVALID_PARTITIONS),
                new Case(topic("n", 1, 0), Errors.INVALID_REPLICATION_FACTOR),
                new Case(topic("n", 1, -2), Errors.INVALID_REPLICATION_FACTOR),
                new Case(topic("n", 1, 4), Errors.INVALID_REPLICATION_FACTOR),
                new Case(topic("n", 51, 1), Errors.POLICY_VIOLATION),
                new Case(topic("n", Integer.MAX_VALUE, 1), Errors.POLICY_VIOLATION),
                new Case(config(topic("n", 1, 1), "retention.ms", "x"), Errors.INVALID_CONFIG),
                new Case(config(topic("n", 1, 1), "no.such", "1"), Errors.INVALID_CONFIG),
                new Case(assigned("n", List.of(List.of(1))).setNumPartitions(1), Errors.INVALID_REQUEST),
                new Case(assigned("n", List.of(List.of(1))).setReplicationFactor((short) 1), Errors.INVALID_REQUEST),
                new Case(assigned("n", List.of(List.of())), Errors.INVALID_REPLICA_ASSIGNMENT),
                new Case(assigned("n", List.of(List.of(1, 1))), Errors.INVALID_REPLICA_ASSIGNMENT),
                new Case(assigned("n", List.of(List.of(9))), Errors.INVALID_REPLICA_ASSIGNMENT),
                new Case(assigned("n", List.of(List.of(1), List.of(1, 2))), Errors.INVALID_REPLICA_ASSIGNMENT));
        for (Case each : cases) {
            MetadataImage before = cluster.image;
            CreatableTopicResult result = cluster.create(each.topic());
            assertEquals(
                    each.expected(),
                    Errors.forCode(result.errorCode()),
                    each.topic().toString());
            assertTrue(!result.errorMessage().isEmpty());
            assertEquals(before, cluster.image, "nothing changed");
        }
    }

    @Test
    void partitionsMustBeNumberedWithoutGap() {
        CreatableTopic topic = assigned("n", List.of(List.of(1), List.of(2)));
        requireNonNull(topic.assignments().find(1)).setPartitionIndex(2);
        CreatableTopic copy = topic("n", -1, -1);
        topic.assignments().forEach(assignment -> copy.assignments().add(assignment.duplicate()));
        assertEquals(
                Errors.INVALID_REPLICA_ASSIGNMENT,
                Errors.forCode(cluster.create(copy).errorCode()));
    }

    @Test
    void aNewTopicHasWhatWasAskedFor() {
        CreatableTopicResult result = cluster.create(config(topic("orders", 5, 3), "retention.ms", "60000"));
        TopicImage topic = requireNonNull(cluster.image.topic("orders"));
        assertEquals(Errors.NONE.code(), result.errorCode());
        assertEquals(5, result.numPartitions());
        assertEquals(3, result.replicationFactor());
        assertEquals(topic.id(), result.topicId());
        assertEquals(5, topic.partitions().size());
        assertEquals(Map.of("retention.ms", "60000"), topic.configs());
        assertEquals(topic, cluster.image.topic(topic.id()));
        assertTrue(result.configs().stream()
                .anyMatch(config -> config.name().equals("retention.ms")
                        && "60000".equals(config.value())
                        && config.configSource() == 1));
    }

    @Test
    void minusOneMeansTheClustersDefaults() {
        Cluster defaults = new Cluster(2, Map.of("num.partitions", "4", "default.replication.factor", "2"));
        CreatableTopicResult result = defaults.create("t", -1, -1);
        assertEquals(4, result.numPartitions());
        assertEquals(2, result.replicationFactor());
    }

    @Test
    void replicasGivenByHandAreTaken() {
        cluster.create(assigned("hand", List.of(List.of(3, 1), List.of(2, 3))));
        assertEquals(
                List.of(Cluster.begun(3, 1), Cluster.begun(2, 3)),
                requireNonNull(cluster.image.topic("hand")).partitions());
    }

    @Test
    void validateOnlyAnswersAndChangesNothing() {
        CreateTopicsRequestData request = new CreateTopicsRequestData().setValidateOnly(true);
        request.topics().add(topic("dry", 2, 1));
        MetadataImage before = cluster.image;
        assertEquals(0, cluster.create(request).topics().iterator().next().errorCode());
        assertEquals(before, cluster.image);
    }

    @Test
    void topicsOfOneRequestSeeEachOther() {
        CreateTopicsRequestData request = new CreateTopicsRequestData();
        request.topics().add(topic("twice", 1, 1));
        request.topics().add(topic("twice", 2, 1));
        request.topics().add(topic("c.d", 30, 1));
        request.topics().add(topic("c_d", 1, 1));
        request.topics().add(topic("many", 30, 1));
        Map<String, Errors> errors = new HashMap<>();
        cluster.create(request).topics().forEach(topic -> errors.put(topic.name(), Errors.forCode(topic.errorCode())));
        assertEquals(
                Map.of(
                        "twice", Errors.INVALID_REQUEST,
                        "c.d", Errors.NONE,
                        "c_d", Errors.INVALID_TOPIC_EXCEPTION,
                        "many", Errors.POLICY_VIOLATION),
                errors);
    }

    @Test
    void errorsOfDeleteTopics() {
        Uuid id = cluster.create("a", 1, 1).topicId();
        cluster.create("b", 1, 1);
        DeleteTopicsResponseData response = delete(
                new DeleteTopicState().setName("a"),
                new DeleteTopicState().setName(null).setTopicId(id),
                new DeleteTopicState().setName("none"),
                new DeleteTopicState().setName(null).setTopicId(new Uuid(1, 99)),
                new DeleteTopicState().setName("b").setTopicId(id),
                new DeleteTopicState().setName(null));
        List<Errors> errors = new ArrayList<>();
        response.responses().forEach(topic -> errors.add(Errors.forCode(topic.errorCode())));
        assertEquals(
                List.of(
                        Errors.NONE,
                        Errors.INVALID_REQUEST,
                        Errors.UNKNOWN_TOPIC_OR_PARTITION,
                        Errors.UNKNOWN_TOPIC_ID,
                        Errors.INVALID_REQUEST,
                        Errors.INVALID_REQUEST),
                errors);
        assertNull(cluster.image.topic("a"));
        assertNull(cluster.image.topic(id));
    }

    @Test
    void deletionCanBeForbidden() {
        Cluster strict = new Cluster(1, Map.of("delete.topic.enable", "false"));
        strict.create("kept", 1, 1);
        DeleteTopicsResponseData response = strict.tell(
                new ControllerCommand.DeleteTopics(new DeleteTopicsRequestData().setTopicNames(List.of("kept"))));
        assertEquals(
                Errors.TOPIC_DELETION_DISABLED.code(),
                response.responses().iterator().next().errorCode());
    }

    @Test
    void aCreationThatIsToldOnceMoreDoesNotBringADeletedTopicBack() {
        CreateTopicsRequestData request = new CreateTopicsRequestData();
        request.topics().add(topic("late", 1, 1));
        var creation = new ControllerCommand.CreateTopics(request, List.of(cluster.newId()));
        assertEquals(1, cluster.tell(creation).topics().find("late").numPartitions());
        assertEquals(1, cluster.tell(creation).topics().find("late").numPartitions(), "told twice");
        delete(new DeleteTopicState().setName("late"));
        var answer = cluster.tell(creation).topics().find("late");
        assertEquals(List.of(), cluster.lastRecords);
        assertEquals(Errors.NONE.code(), answer.errorCode(), "it was done");
        assertEquals(creation.topicIds().getFirst(), answer.topicId());
        Uuid another = cluster.create("late", 1, 1).topicId();
        cluster.tell(creation);
        assertEquals(another, requireNonNull(cluster.image.topic("late")).id());
    }

    @Test
    void onlyTheIdsOfTheTopicsThatWereDeletedLastAreKept() {
        MetadataDelta delta = new MetadataDelta(cluster.image);
        for (int i = 0; i <= MetadataImage.MAX_DELETED_TOPICS; i++) {
            delta.apply(new MetadataRecord.TopicCreated("t" + i, new Uuid(1, i)));
            delta.apply(new MetadataRecord.TopicDeleted(new Uuid(1, i)));
        }
        var deleted = delta.build(100).deletedTopics();
        assertEquals(MetadataImage.MAX_DELETED_TOPICS, deleted.size());
        assertEquals(new Uuid(1, 1), deleted.getFirst());
        assertEquals(new Uuid(1, MetadataImage.MAX_DELETED_TOPICS), deleted.getLast());
    }

    @Test
    void aTopicCreatedAgainHasAnotherId() {
        Uuid first = cluster.create(config(topic("again", 1, 1), "retention.ms", "1"))
                .topicId();
        delete(new DeleteTopicState().setName("again"));
        Uuid second = cluster.create("again", 2, 1).topicId();
        assertTrue(!first.equals(second));
        assertEquals(Map.of(), requireNonNull(cluster.image.topic("again")).configs());
    }

    @Test
    void errorsOfCreatePartitions() {
        cluster.create("t", 2, 2);
        assertEquals(Errors.UNKNOWN_TOPIC_OR_PARTITION, grow("none", 3, null));
        assertEquals(Errors.INVALID_PARTITIONS, grow("t", 2, null));
        assertEquals(Errors.INVALID_PARTITIONS, grow("t", 1, null));
        assertEquals(Errors.INVALID_PARTITIONS, grow("t", -1, null));
        assertEquals(Errors.POLICY_VIOLATION, grow("t", 53, null));
        assertEquals(Errors.INVALID_REPLICA_ASSIGNMENT, grow("t", 4, List.of(List.of(1, 2))));
        assertEquals(Errors.INVALID_REPLICA_ASSIGNMENT, grow("t", 3, List.of(List.of(1))));
        assertEquals(Errors.INVALID_REPLICA_ASSIGNMENT, grow("t", 3, List.of(List.of(1, 7))));
        assertEquals(2, requireNonNull(cluster.image.topic("t")).partitions().size());
        assertEquals(Errors.NONE, grow("t", 3, List.of(List.of(3, 1))));
        assertEquals(Errors.NONE, grow("t", 5, null));
        TopicImage topic = requireNonNull(cluster.image.topic("t"));
        assertEquals(5, topic.partitions().size());
        assertEquals(List.of(3, 1), topic.partitions().get(2).replicas());
    }

    @Test
    void moreReplicasInSyncThanThereAreAreRefused() {
        assertEquals(
                Errors.INVALID_CONFIG,
                Errors.forCode(cluster.create(config(topic("n", 1, 2), "min.insync.replicas", "3"))
                        .errorCode()));
        assertEquals(
                Errors.INVALID_CONFIG,
                Errors.forCode(cluster.create(config(assigned("n", List.of(List.of(1, 2))), "min.insync.replicas", "3"))
                        .errorCode()));
        assertEquals(
                Errors.NONE,
                Errors.forCode(cluster.create(config(topic("n", 1, 2), "min.insync.replicas", "2"))
                        .errorCode()));
    }

    @Test
    void twoReplicasAreWarnedAbout() {
        CreateTopicsRequestData request = new CreateTopicsRequestData();
        request.topics().add(topic("two", 1, 2));
        request.topics().add(topic("three", 1, 3));
        List<String> warnings = cluster.core
                .decide(
                        cluster.image,
                        new ControllerCommand.CreateTopics(request, List.of(cluster.newId(), cluster.newId())),
                        cluster.liveNodes)
                .warnings();
        assertEquals(1, warnings.size());
        assertTrue(warnings.getFirst().contains("'two'"), warnings.toString());
    }

    @Test
    void theSameCreationOnceMoreIsAnsweredAsTheFirstTime() {
        CreateTopicsRequestData request = new CreateTopicsRequestData();
        request.topics().add(config(topic("t", 2, 2), "retention.ms", "5"));
        ControllerCommand.CreateTopics command = new ControllerCommand.CreateTopics(request, List.of(cluster.newId()));
        var first = cluster.tell(command);
        MetadataImage created = cluster.image;
        assertEquals(first, cluster.tell(command));
        assertEquals(created, cluster.image);
    }

    @Test
    void replicasByHandMayBeOnNodesThatAreDown() {
        cluster.liveNodes.remove(3);
        assertEquals(
                Errors.NONE,
                Errors.forCode(
                        cluster.create(assigned("n", List.of(List.of(3, 1)))).errorCode()));
        assertEquals(Errors.NONE, Errors.forCode(cluster.create("all", 1, 3).errorCode()));
        assertEquals(
                3,
                requireNonNull(cluster.image.topic("all"))
                        .partitions()
                        .getFirst()
                        .replicas()
                        .getLast(),
                "who is down is the last choice");
    }

    private DeleteTopicsResponseData delete(DeleteTopicState... topics) {
        return cluster.tell(
                new ControllerCommand.DeleteTopics(new DeleteTopicsRequestData().setTopics(List.of(topics))));
    }

    private Errors grow(String name, int count, @org.jspecify.annotations.Nullable List<List<Integer>> assignments) {
        CreatePartitionsRequestData request = new CreatePartitionsRequestData();
        CreatePartitionsTopic topic = new CreatePartitionsTopic().setName(name).setCount(count);
        if (assignments == null) {
            topic.setAssignments(null);
        } else {
            topic.setAssignments(assignments.stream()
                    .map(replicas -> new CreatePartitionsAssignment().setBrokerIds(replicas))
                    .toList());
        }
        request.topics().add(topic);
        return Errors.forCode(cluster.tell(new ControllerCommand.CreatePartitions(request))
                .results()
                .getFirst()
                .errorCode());
    }
}
