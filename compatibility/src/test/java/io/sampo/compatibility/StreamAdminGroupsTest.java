package io.sampo.compatibility;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.sampo.compatibility.broker.BrokerKind;
import io.sampo.compatibility.broker.BrokerUnderTest;
import io.sampo.streams.Codec;
import io.sampo.streams.Group;
import io.sampo.streams.Outgoing;
import io.sampo.streams.Running;
import io.sampo.streams.StreamClient;
import io.sampo.streams.admin.Admin;
import io.sampo.streams.admin.CommittedOffset;
import io.sampo.streams.admin.GroupDescription;
import io.sampo.streams.admin.GroupListing;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.GroupNotEmptyException;
import org.apache.kafka.common.errors.GroupSubscribedToTopicException;
import org.apache.kafka.common.errors.UnknownMemberIdException;
import org.apache.pekko.stream.javadsl.Source;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Groups by the stream client's admin, with and without members: the same for Sampo and for Apache Kafka.
@Timeout(120)
abstract class StreamAdminGroupsTest extends StreamClientFixture {
    /// Against a node of Sampo.
    static final class OnSampoTest extends StreamAdminGroupsTest {
        @BeforeAll
        static void start(@TempDir Path directory) {
            broker = BrokerUnderTest.start(BrokerKind.SAMPO, directory, Map.of());
        }
    }

    /// Against Apache Kafka.
    static final class OnKafkaTest extends StreamAdminGroupsTest {
        @BeforeAll
        static void start(@TempDir Path directory) {
            broker = BrokerUnderTest.start(BrokerKind.KAFKA, directory, Map.of());
        }

        @Test
        void aGroupOfTheConsumerProtocolIsSeenAsOne() throws Exception {
            writeEvenly(40);
            try (StreamClient modern = client(Map.of("group.protocol", "consumer"))) {
                Running running = consume(modern, new ConcurrentLinkedQueue<>());
                eventually("all is committed", () -> committedRecords(group) == 40);
                assertEquals(new GroupListing(group, "consumer", "Stable", "consumer"), listing());
                assertConsumedByOne(get(admin().describeGroup(group)));
                assertChangesAreRefused();
                get(running.drain(Duration.ofSeconds(20)));
            }
            eventually("it is empty", () -> described().state().equals("Empty"));
            get(admin().deleteGroup(group));
            failure(GroupIdNotFoundException.class, admin().describeGroup(group));
        }
    }

    /// Against the oldest Apache Kafka that is spoken with.
    static final class OnKafka28Test extends StreamAdminGroupsTest {
        @BeforeAll
        static void start(@TempDir Path directory) {
            broker = BrokerUnderTest.start(BrokerKind.KAFKA_2_8, directory, Map.of());
        }
    }

    @SuppressWarnings("NullAway.Init")
    String group;

    @BeforeEach
    void nameGroup() {
        group = topicName + "-group";
    }

    Admin admin() {
        return client.admin();
    }

    private TopicPartition partition(int index) {
        return new TopicPartition(topicName, index);
    }

    private Set<TopicPartition> partitions() {
        return IntStream.range(0, PARTITIONS).mapToObj(this::partition).collect(Collectors.toSet());
    }

    /// As many to each partition.
    void writeEvenly(int count) throws Exception {
        List<Outgoing<String, String>> records = IntStream.range(0, count)
                .mapToObj(i -> Outgoing.of("k", Integer.toString(i)).toPartition(i % PARTITIONS))
                .toList();
        get(Source.from(records).runWith(topic().sink(), client.system()));
    }

    Running consume(StreamClient member, Queue<TopicPartition> seen) {
        return member.topic(topicName, Codec.utf8(), Codec.utf8())
                .consume(Group.named(group))
                .handle(event -> seen.add(partition(event.partition())));
    }

    GroupDescription described() {
        return now(admin().describeGroup(group));
    }

    GroupListing listing() throws Exception {
        return get(admin().listGroups()).stream()
                .filter(one -> one.groupId().equals(group))
                .findFirst()
                .orElseThrow();
    }

    void assertConsumedByOne(GroupDescription description) {
        assertEquals(group, description.groupId());
        assertEquals("Stable", description.state());
        assertFalse(description.assignor().isEmpty());
        assertEquals(1, description.members().size());
        GroupDescription.Member member = description.members().getFirst();
        assertEquals(partitions(), member.assignment());
        assertEquals(Optional.empty(), member.instanceId());
        assertFalse(member.memberId().isEmpty());
    }

    void assertChangesAreRefused() throws Exception {
        failure(UnknownMemberIdException.class, admin().resetGroupOffsets(group, Map.of(partition(0), 0L)));
        failure(GroupSubscribedToTopicException.class, admin().deleteGroupOffsets(group, Set.of(partition(0))));
        failure(GroupNotEmptyException.class, admin().deleteGroup(group));
        assertEquals(10, known(get(admin().groupOffsets(group)), partition(0)).offset());
    }

    @Test
    void aGroupIsSeenWhileAMemberConsumesAndCannotBeChanged() throws Exception {
        writeEvenly(40);
        Running running = consume(client, new ConcurrentLinkedQueue<>());
        eventually("all is committed", () -> committedRecords(group) == 40);

        GroupDescription description = described();
        assertConsumedByOne(description);
        assertEquals(get(admin().describeCluster()).nodes().getFirst().id(), description.coordinator());
        GroupListing listing = listing();
        assertEquals("consumer", listing.protocolType());
        assertEquals("Stable", listing.state());
        assertEquals(broker.kind() == BrokerKind.KAFKA_2_8 ? "" : "classic", listing.type());
        assertOffsetsAsKafkasOwnAdminSeesThem();
        assertChangesAreRefused();

        get(running.drain(Duration.ofSeconds(20)));
        eventually("it is empty", () -> described().state().equals("Empty"));
        assertEquals(List.of(), described().members());
        assertOffsetsAsKafkasOwnAdminSeesThem();
    }

    private void assertOffsetsAsKafkasOwnAdminSeesThem() throws Exception {
        Map<TopicPartition, CommittedOffset> stock = new HashMap<>();
        committed(group)
                .forEach((partition, offset) -> stock.put(
                        partition,
                        new CommittedOffset(
                                offset.offset(), offset.leaderEpoch().orElse(-1), offset.metadata())));
        assertEquals(PARTITIONS, stock.size());
        assertEquals(stock, get(admin().groupOffsets(group)));
    }

    @Test
    void whileNobodyConsumesAGroupIsSetBackAndForthAndDeleted() throws Exception {
        writeEvenly(40);
        Running first = consume(client, new ConcurrentLinkedQueue<>());
        eventually("all is committed", () -> committedRecords(group) == 40);
        get(first.drain(Duration.ofSeconds(20)));

        get(admin().resetGroupOffsets(group, Map.of(partition(1), 7L, partition(2), 0L)));
        Queue<TopicPartition> again = new ConcurrentLinkedQueue<>();
        Running second = consume(client, again);
        eventually("all is committed again", () -> committedRecords(group) == 40);
        get(second.drain(Duration.ofSeconds(20)));
        assertEquals(
                Map.of(partition(1), 3L, partition(2), 10L),
                again.stream().collect(Collectors.groupingBy(one -> one, Collectors.counting())));

        get(admin().deleteGroupOffsets(group, Set.of(partition(3), partition(0))));
        assertEquals(
                Set.of(partition(1), partition(2)),
                get(admin().groupOffsets(group)).keySet());
        get(admin().deleteGroup(group));
        assertFalse(
                get(admin().listGroups()).stream().anyMatch(one -> one.groupId().equals(group)));
        assertGroupIsUnknown();
    }

    private void assertGroupIsUnknown() throws Exception {
        assertEquals(Map.of(), get(admin().groupOffsets(group)));
        failure(GroupIdNotFoundException.class, admin().describeGroup(group));
        failure(GroupIdNotFoundException.class, admin().deleteGroup(group));
        failure(GroupIdNotFoundException.class, admin().deleteGroupOffsets(group, Set.of(partition(0))));
    }

    @Test
    void offsetsThatAreSetMakeAGroupWhichBeginsThere() throws Exception {
        assertGroupIsUnknown();
        writeEvenly(40);
        Map<TopicPartition, Long> starts = new HashMap<>();
        partitions().forEach(one -> starts.put(one, 10L - one.partition()));
        get(admin().resetGroupOffsets(group, starts));
        assertEquals("Empty", described().state());
        Queue<TopicPartition> seen = new ConcurrentLinkedQueue<>();
        Running running = consume(client, seen);
        eventually("all is committed", () -> committedRecords(group) == 40);
        get(running.drain(Duration.ofSeconds(20)));
        assertEquals(
                Map.of(partition(1), 1L, partition(2), 2L, partition(3), 3L),
                seen.stream().collect(Collectors.groupingBy(one -> one, Collectors.counting())));
    }
}
