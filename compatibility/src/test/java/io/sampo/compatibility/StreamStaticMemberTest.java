package io.sampo.compatibility;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sampo.compatibility.broker.BrokerKind;
import io.sampo.compatibility.broker.BrokerUnderTest;
import io.sampo.streams.Codec;
import io.sampo.streams.Group;
import io.sampo.streams.Outgoing;
import io.sampo.streams.Running;
import io.sampo.streams.StreamClient;
import io.sampo.streams.admin.GroupDescription;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BooleanSupplier;
import java.util.stream.LongStream;
import org.apache.kafka.common.TopicPartition;
import org.apache.pekko.stream.javadsl.Source;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Static members of the classic protocol (KIP-345) that go and come back: the same for Sampo and for Apache Kafka.
@Timeout(180)
abstract class StreamStaticMemberTest extends StreamClientFixture {
    /// Against a node of Sampo.
    static final class OnSampoTest extends StreamStaticMemberTest {
        @BeforeAll
        static void start(@TempDir Path directory) {
            broker = BrokerUnderTest.start(BrokerKind.SAMPO, directory, Map.of());
        }
    }

    /// Against Apache Kafka.
    static final class OnKafkaTest extends StreamStaticMemberTest {
        @BeforeAll
        static void start(@TempDir Path directory) {
            broker = BrokerUnderTest.start(BrokerKind.KAFKA, directory, Map.of());
        }
    }

    /// Longer than any test.
    private static final int LONG_SESSION_MS = 240_000;

    /// As short as a broker allows.
    private static final int SHORT_SESSION_MS = 6_000;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private static Path directory;

    private long written;

    /// One in this process.
    private final class Member implements AutoCloseable {
        final Queue<Long> handled = new ConcurrentLinkedQueue<>();
        final StreamClient client;
        final Running running;

        Member(String instanceId, int sessionMs) {
            client = StreamClientFixture.client(settings(sessionMs));
            running = client.topic(topicName, Codec.utf8(), Codec.int64())
                    .consume(Group.named(group()).as(instanceId))
                    .handle(event -> handled.add(event.value()));
        }

        Set<TopicPartition> partitions() {
            return running.assignment();
        }

        /// Goes without a word to its group.
        @Override
        public void close() {
            client.close();
        }
    }

    private static Map<String, String> settings(int sessionMs) {
        return Map.of(
                "heartbeat.interval.ms", "300",
                "session.timeout.ms", "" + sessionMs,
                "auto.commit.interval.ms", "100");
    }

    private String group() {
        return topicName + "-group";
    }

    /// As many to each partition.
    private void writeEvenly(int count) throws Exception {
        List<Outgoing<String, Long>> records = LongStream.range(written, written + count)
                .mapToObj(i -> Outgoing.of("k", i).toPartition((int) (i % PARTITIONS)))
                .toList();
        written += count;
        get(Source.from(records)
                .runWith(client.topic(topicName, Codec.utf8(), Codec.int64()).sink(), client.system()));
    }

    private GroupDescription described() {
        return now(client.admin().describeGroup(group()));
    }

    private GroupDescription.Member described(String instanceId) {
        return described().members().stream()
                .filter(member -> member.instanceId().filter(instanceId::equals).isPresent())
                .findFirst()
                .orElseThrow();
    }

    private void awaitShared() throws Exception {
        eventually(
                "they are there",
                () -> now(client.admin().listGroups()).stream()
                        .anyMatch(group -> group.groupId().equals(group())));
        eventually("each has a half", () -> {
            GroupDescription now = described();
            return now.state().equals("Stable")
                    && now.members().size() == 2
                    && now.members().stream()
                            .allMatch(member -> member.assignment().size() == PARTITIONS / 2);
        });
    }

    private void awaitAllCommitted() throws Exception {
        eventually("all is committed", () -> committedRecords(group()) == written);
    }

    /// All the time the member has what it had, and the group knows of no rebalance.
    private void eventuallyAndNothingMoves(String what, Member present, BooleanSupplier condition) throws Exception {
        Set<TopicPartition> had = present.partitions();
        String memberId = described("one").memberId();
        eventually(what, () -> {
            assertEquals(had, present.partitions());
            assertEquals("Stable", described().state());
            return condition.getAsBoolean();
        });
        assertEquals(memberId, described("one").memberId());
        assertEquals(had, described("one").assignment());
    }

    @Test
    void whoLeavesAndComesBackHasItsPartitionsAgainAndNobodyElseNotices() throws Exception {
        try (Member one = new Member("one", LONG_SESSION_MS)) {
            Set<TopicPartition> kept;
            Queue<Long> before;
            try (Member two = new Member("two", LONG_SESSION_MS)) {
                awaitShared();
                writeEvenly(400);
                awaitAllCommitted();
                kept = two.partitions();
                before = two.handled;
            }
            assertEquals(described("two").assignment(), kept, "it is expected back");
            writeEvenly(400);
            eventuallyAndNothingMoves("the other one works on", one, () -> one.handled.size() == 400);
            try (Member two = new Member("two", LONG_SESSION_MS)) {
                eventuallyAndNothingMoves(
                        "it has its partitions", one, () -> two.partitions().equals(kept));
                eventuallyAndNothingMoves("all is committed", one, () -> committedRecords(group()) == written);
                writeEvenly(400);
                awaitAllCommitted();
                assertEquals(written, one.handled.size() + before.size() + two.handled.size(), "each once");
                assertEquals(written / 2, one.handled.size());
            }
        }
    }

    @Test
    void whoIsKilledAndComesBackHasItsPartitionsAgainAndNobodyElseNotices() throws Exception {
        Map<String, String> settings = new HashMap<>(settings(LONG_SESSION_MS));
        settings.put("bootstrap.servers", broker.bootstrap());
        settings.put("group.instance.id", "two");
        Set<Long> handled = new HashSet<>();
        try (Member one = new Member("one", LONG_SESSION_MS)) {
            Set<TopicPartition> kept;
            String killedId;
            try (GroupWorker two = GroupWorker.start(directory, topicName, group(), settings)) {
                awaitShared();
                writeEvenly(400);
                awaitAllCommitted();
                kept = described("two").assignment();
                killedId = described("two").memberId();
                two.kill();
                handled.addAll(two.handled());
            }
            writeEvenly(400);
            eventuallyAndNothingMoves("the other one works on", one, () -> one.handled.size() == 400);
            try (GroupWorker two = GroupWorker.start(directory, topicName, group(), settings)) {
                eventuallyAndNothingMoves(
                        "it is back", one, () -> !described("two").memberId().equals(killedId));
                assertEquals(kept, described("two").assignment());
                eventuallyAndNothingMoves("all is committed", one, () -> committedRecords(group()) == written);
                handled.addAll(two.handled());
                assertEquals(written / 2, one.handled.size());
            }
            handled.addAll(one.handled);
            assertEquals(written, handled.size());
        }
    }

    @Test
    void whoDoesNotComeBackWithinItsSessionLosesItsPartitionsToTheOthers() throws Exception {
        try (Member one = new Member("one", SHORT_SESSION_MS)) {
            Queue<Long> before;
            try (Member two = new Member("two", SHORT_SESSION_MS)) {
                awaitShared();
                before = two.handled;
            }
            writeEvenly(400);
            eventually("the other one has all", () -> one.partitions().size() == PARTITIONS);
            awaitAllCommitted();
            assertEquals(
                    List.of("one"),
                    described().members().stream()
                            .map(member -> member.instanceId().orElseThrow())
                            .toList());
            try (Member two = new Member("two", SHORT_SESSION_MS)) {
                awaitShared();
                writeEvenly(400);
                awaitAllCommitted();
                assertEquals(written, one.handled.size() + before.size() + two.handled.size(), "each once");
                assertEquals(200, two.handled.size());
            }
        }
    }
}
