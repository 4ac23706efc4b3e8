package io.sampo.compatibility;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.compatibility.broker.BrokerKind;
import io.sampo.compatibility.broker.BrokerUnderTest;
import io.sampo.streams.Outgoing;
import io.sampo.streams.admin.Admin;
import io.sampo.streams.admin.ClusterDescription;
import io.sampo.streams.admin.ConfigEntry;
import io.sampo.streams.admin.FoundOffset;
import io.sampo.streams.admin.NewTopic;
import io.sampo.streams.admin.OffsetTime;
import io.sampo.streams.admin.TopicDescription;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.OffsetOutOfRangeException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Topics, settings, offsets and the cluster by the stream client's admin: the same for Sampo and for Apache Kafka.
@Timeout(120)
abstract class StreamAdminTest extends StreamClientFixture {
    /// Against a node of Sampo.
    static final class OnSampoTest extends StreamAdminTest {
        @BeforeAll
        static void start(@TempDir Path directory) {
            broker = BrokerUnderTest.start(BrokerKind.SAMPO, directory, Map.of());
        }
    }

    /// Against Apache Kafka.
    static final class OnKafkaTest extends StreamAdminTest {
        @BeforeAll
        static void start(@TempDir Path directory) {
            broker = BrokerUnderTest.start(BrokerKind.KAFKA, directory, Map.of());
        }
    }

    /// Against the oldest Apache Kafka that is spoken with.
    static final class OnKafka28Test extends StreamAdminTest {
        @BeforeAll
        static void start(@TempDir Path directory) {
            broker = BrokerUnderTest.start(BrokerKind.KAFKA_2_8, directory, Map.of());
        }
    }

    private static final String RETENTION = "retention.ms";
    private static final String NOBODYS = "nobody-made-this";

    private Admin admin() {
        return client.admin();
    }

    private TopicPartition partition(int index) {
        return new TopicPartition(topicName, index);
    }

    /// To one partition, a record each second from 1,000,000 s on.
    private void writeEachSecond(int partition, int count) throws Exception {
        for (int i = 0; i < count; i++) {
            get(topic().send(Outgoing.of("k", Integer.toString(i))
                    .toPartition(partition)
                    .at(1_000_000_000L + i * 1_000L)));
        }
    }

    @Test
    void aTopicIsCreatedDescribedListedGrownAndDeleted() throws Exception {
        String name = topicName + "-own";
        get(admin().createTopic(NewTopic.named(name)
                .withPartitions(3)
                .withReplicationFactor(1)
                .withConfigs(Map.of(RETENTION, "3600000"))));
        eventually("it is listed", () -> now(admin().listTopics()).contains(name));

        TopicDescription made = get(admin().describeTopic(name));
        assertEquals(name, made.name());
        assertNotEquals(Uuid.ZERO_UUID, made.id());
        assertFalse(made.internal());
        assertEquals(
                List.of(0, 1, 2),
                made.partitions().stream()
                        .map(TopicDescription.Partition::index)
                        .toList());
        int node = get(admin().describeCluster()).nodes().getFirst().id();
        for (TopicDescription.Partition partition : made.partitions()) {
            assertEquals(node, partition.leader().orElseThrow());
            assertEquals(List.of(node), partition.replicas());
            assertEquals(List.of(node), partition.inSyncReplicas());
            assertEquals(List.of(), partition.offlineReplicas());
        }
        assertEquals(
                Optional.of("3600000"), setting(topicConfig(name), RETENTION).value());

        get(admin().increasePartitions(name, 5));
        eventually(
                "it has five partitions",
                () -> now(admin().describeTopic(name)).partitions().size() == 5);
        get(admin().deleteTopic(name));
        eventually("it is listed no more", () -> !now(admin().listTopics()).contains(name));
        failure(UnknownTopicOrPartitionException.class, admin().describeTopic(name));
    }

    @Test
    void aTopicOfWhichOnlyTheNameIsToldHasTheBrokersDefaults() throws Exception {
        String name = topicName + "-own";
        get(admin().createTopic(NewTopic.named(name)));
        TopicDescription made = get(admin().describeTopic(name));
        assertEquals(1, made.partitions().size());
        assertEquals(1, made.partitions().getFirst().replicas().size());
        assertTrue(setting(topicConfig(name), RETENTION).isDefault());
    }

    @Test
    void whatABrokerRefusesAboutTopicsIsKafkasExceptionForIt() {
        NewTopic other = NewTopic.named(topicName + "-other").withPartitions(1);
        failure(TopicExistsException.class, admin().createTopic(NewTopic.named(topicName)));
        failure(InvalidTopicException.class, admin().createTopic(NewTopic.named("no/name")));
        failure(InvalidPartitionsException.class, admin().createTopic(other.withPartitions(0)));
        failure(InvalidReplicationFactorException.class, admin().createTopic(other.withReplicationFactor(7)));
        failure(
                InvalidConfigurationException.class,
                admin().createTopic(other.withConfigs(Map.of(RETENTION, "for ever"))));
        failure(InvalidPartitionsException.class, admin().increasePartitions(topicName, PARTITIONS));
        failure(InvalidPartitionsException.class, admin().increasePartitions(topicName, PARTITIONS - 1));
        assertFalse(now(admin().listTopics()).contains(other.name()));
    }

    @Test
    void aTopicThatIsNotThereIsMissedByEveryCallAndNotCreated() {
        ConfigResource settings = topicConfig(NOBODYS);
        failure(UnknownTopicOrPartitionException.class, admin().describeTopic(NOBODYS));
        failure(UnknownTopicOrPartitionException.class, admin().deleteTopic(NOBODYS));
        failure(UnknownTopicOrPartitionException.class, admin().increasePartitions(NOBODYS, 3));
        failure(UnknownTopicOrPartitionException.class, admin().describeConfigs(settings));
        failure(
                UnknownTopicOrPartitionException.class,
                admin().alterConfigs(settings, Map.of(RETENTION, Optional.of("1"))));
        Map<TopicPartition, OffsetTime> noPartition = Map.of(partition(77), OffsetTime.latest());
        failure(UnknownTopicOrPartitionException.class, admin().listOffsets(noPartition));
        assertFalse(now(admin().listTopics()).contains(NOBODYS));
    }

    @Test
    void whoAsksForATopicThatIsNotThereHearsSoAndCreatesNone() {
        TopicPartition missing = new TopicPartition(NOBODYS, 0);
        failure(UnknownTopicOrPartitionException.class, admin().listOffsets(Map.of(missing, OffsetTime.latest())));
        failure(UnknownTopicOrPartitionException.class, admin().deleteRecords(Map.of(missing, 0L)));
        assertFalse(now(admin().listTopics()).contains(NOBODYS));
    }

    private static ConfigResource topicConfig(String name) {
        return new ConfigResource(ConfigResource.Type.TOPIC, name);
    }

    private ConfigEntry setting(ConfigResource resource, String name) {
        return known(now(admin().describeConfigs(resource)), name);
    }

    @Test
    void aTopicsSettingIsChangedWithoutTheOthersAndGoesBackToItsDefault() throws Exception {
        ConfigResource topic = topicConfig(topicName);
        ConfigEntry before = setting(topic, RETENTION);
        assertTrue(before.isDefault());
        get(admin().alterConfigs(topic, Map.of("segment.bytes", Optional.of("2000000"))));
        get(admin().alterConfigs(topic, Map.of(RETENTION, Optional.of("12345"))));
        eventually(
                "it is changed",
                () -> setting(topic, RETENTION)
                        .equals(new ConfigEntry(RETENTION, Optional.of("12345"), false, false, false)));
        assertEquals(Optional.of("2000000"), setting(topic, "segment.bytes").value());

        // All or none.
        failure(
                ApiException.class,
                admin().alterConfigs(
                                topic, Map.of(RETENTION, Optional.of("23456"), "segment.bytes", Optional.of("many"))));
        assertEquals(Optional.of("12345"), setting(topic, RETENTION).value());

        get(admin().alterConfigs(topic, Map.of(RETENTION, Optional.empty())));
        eventually("it has its default", () -> setting(topic, RETENTION).equals(before));
        assertEquals(Optional.of("2000000"), setting(topic, "segment.bytes").value());
    }

    @Test
    void aBrokersSettingIsChangedWhileItRunsAndGoesBack() throws Exception {
        String id = Integer.toString(
                get(admin().describeCluster()).nodes().getFirst().id());
        ConfigResource self = new ConfigResource(ConfigResource.Type.BROKER, id);
        String name = "message.max.bytes";
        ConfigEntry before = setting(self, name);
        assertFalse(before.isReadOnly());
        assertTrue(setting(self, "log.dirs").isReadOnly());
        get(admin().alterConfigs(self, Map.of(name, Optional.of("2000000"))));
        eventually("it is changed", () -> setting(self, name).value().equals(Optional.of("2000000")));
        get(admin().alterConfigs(self, Map.of(name, Optional.empty())));
        // The last setting that a broker of 2.8 has stays, whoever's admin deletes it.
        if (broker.kind() != BrokerKind.KAFKA_2_8) {
            eventually("it is as before", () -> setting(self, name).equals(before));
        }
    }

    @Test
    void offsetsAreFoundByTheirPlaceAndByTime() throws Exception {
        writeEachSecond(1, 10);
        Map<TopicPartition, FoundOffset> ends =
                get(admin().listOffsets(Map.of(partition(0), OffsetTime.latest(), partition(1), OffsetTime.latest())));
        assertEquals(0, known(ends, partition(0)).offset());
        assertEquals(10, known(ends, partition(1)).offset());
        assertEquals(0, found(OffsetTime.earliest()).offset());
        assertEquals(0, found(OffsetTime.at(Instant.ofEpochSecond(5))).offset());
        FoundOffset between = found(OffsetTime.at(Instant.ofEpochMilli(1_000_003_001L)));
        assertEquals(4, between.offset());
        assertEquals(1_000_004_000L, between.timestampMs());
        assertEquals(-1, found(OffsetTime.at(Instant.ofEpochSecond(1_000_010))).offset(), "no record is as late");
    }

    private FoundOffset found(OffsetTime time) throws Exception {
        return known(get(admin().listOffsets(Map.of(partition(1), time))), partition(1));
    }

    @Test
    void recordsAreDeletedUpToAnOffsetOrAllOfThem() throws Exception {
        writeEachSecond(1, 10);
        writeEachSecond(2, 3);
        assertEquals(
                Map.of(partition(1), 4L, partition(2), 3L),
                get(admin().deleteRecords(Map.of(partition(1), 4L, partition(2), -1L))));
        assertEquals(4, found(OffsetTime.earliest()).offset());
        assertEquals(
                IntStream.range(4, 10).mapToObj(Integer::toString).toList(),
                readAll(topicName).stream().map(event -> event.value()).toList());
        failure(OffsetOutOfRangeException.class, admin().deleteRecords(Map.of(partition(1), 11L)));
        assertEquals(4, found(OffsetTime.earliest()).offset());
    }

    @Test
    void theClusterIsDescribedAsKafkasOwnAdminSeesIt() throws Exception {
        ClusterDescription seen = get(admin().describeCluster());
        assertEquals(1, seen.nodes().size());
        assertEquals(broker.host(), seen.nodes().getFirst().host());
        assertEquals(broker.port(), seen.nodes().getFirst().port());
        assertEquals(seen.nodes().getFirst().id(), seen.controller().orElseThrow());
        try (var stock = org.apache.kafka.clients.admin.Admin.create(
                Map.<String, Object>of("bootstrap.servers", broker.bootstrap()))) {
            assertEquals(stock.describeCluster().clusterId().get(), seen.clusterId());
        }
    }
}
