package io.sampo.compatibility;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.compatibility.broker.BrokerKind;
import io.sampo.compatibility.broker.BrokerUnderTest;
import io.sampo.streams.Codec;
import io.sampo.streams.Consumption;
import io.sampo.streams.Group;
import io.sampo.streams.Ordering;
import io.sampo.streams.Outgoing;
import io.sampo.streams.Running;
import io.sampo.streams.StreamClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.TopicPartition;
import org.apache.pekko.Done;
import org.apache.pekko.stream.javadsl.Source;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The stream client with `group.protocol=consumer` (KIP-848) against Apache Kafka, under load all the time:
/// members leave, are killed, are away for longer than their session, are static, come from the classic
/// protocol; the broker is killed. Whatever is written is handled.
@Timeout(180)
final class ConsumerProtocolTest {
    private static final int PARTITIONS = 6;
    private static final int KEYS = 60;
    private static final int RECORDS_A_SECOND = 500;
    private static final int SESSION_MS = 6_000;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private static Path directory;

    @SuppressWarnings("NullAway.Init")
    private static BrokerUnderTest broker;

    @SuppressWarnings("NullAway.Init")
    private static Admin admin;

    private final AtomicBoolean stopWriting = new AtomicBoolean();
    private final AtomicLong written = new AtomicLong();

    @SuppressWarnings("NullAway.Init")
    private String topic;

    @SuppressWarnings("NullAway.Init")
    private String group;

    @SuppressWarnings("NullAway.Init")
    private StreamClient writer;

    @SuppressWarnings("NullAway.Init")
    private CompletionStage<Done> writing;

    @BeforeAll
    static void startBroker() {
        broker = BrokerUnderTest.start(
                BrokerKind.KAFKA,
                directory,
                Map.of(
                        "group.consumer.min.session.timeout.ms",
                        "" + SESSION_MS,
                        "group.consumer.session.timeout.ms",
                        "" + SESSION_MS,
                        "group.consumer.min.heartbeat.interval.ms",
                        "300",
                        "group.consumer.heartbeat.interval.ms",
                        "300"));
        admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrap()));
    }

    @AfterAll
    static void stopBroker() {
        admin.close();
        broker.close();
    }

    @BeforeEach
    void startWriting(TestInfo test) throws Exception {
        topic = test.getTestMethod().orElseThrow().getName();
        group = topic + "-group";
        admin.createTopics(List.of(new NewTopic(topic, Optional.of(PARTITIONS), Optional.empty())))
                .all()
                .get();
        writer = StreamClient.connect(Map.of("bootstrap.servers", broker.bootstrap()));
        writing = Source.fromJavaStream(
                        () -> LongStream.range(0, Long.MAX_VALUE).boxed())
                .takeWhile(_ -> !stopWriting.get())
                .throttle(RECORDS_A_SECOND, Duration.ofSeconds(1))
                .map(number -> {
                    written.incrementAndGet();
                    return Outgoing.of("k" + number % KEYS, number);
                })
                .runWith(writer.topic(topic, Codec.utf8(), Codec.int64()).sink(), writer.system());
    }

    @AfterEach
    void stopWriter() {
        stopWriting.set(true);
        writer.close();
    }

    /// One in this process.
    private final class Member implements AutoCloseable {
        final Queue<Long> handled = new ConcurrentLinkedQueue<>();
        final StreamClient client;
        final Running running;

        Member(Group as, Map<String, String> settings, Consumption.Handler<String, Long> work) {
            client = StreamClient.connect(settings);
            running = client.topic(topic, Codec.utf8(), Codec.int64())
                    .consume(as)
                    .ordering(Ordering.KEY)
                    .handle(event -> {
                        work.handle(event);
                        handled.add(event.value());
                    });
        }

        Set<TopicPartition> partitions() {
            return running.assignment();
        }

        void leave() throws Exception {
            running.drain(Duration.ofSeconds(30)).toCompletableFuture().get(60, TimeUnit.SECONDS);
        }

        @Override
        public void close() {
            client.close();
        }
    }

    private static Map<String, String> settings(Map<String, String> more) {
        Map<String, String> settings = new HashMap<>(Map.of(
                "bootstrap.servers", broker.bootstrap(),
                "group.protocol", "consumer",
                "auto.commit.interval.ms", "100"));
        settings.putAll(more);
        return settings;
    }

    private Member member() {
        return new Member(Group.named(group), settings(Map.of()), _ -> {});
    }

    private Member staticMember(String instanceId) {
        return new Member(Group.named(group).as(instanceId), settings(Map.of()), _ -> {});
    }

    private GroupWorker worker() {
        return GroupWorker.start(directory, topic, group, settings(Map.of("client.id", "worker")));
    }

    private static void eventually(String what, Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(90);
        while (!condition.call()) {
            assertTrue(System.nanoTime() < deadline, "not within 90 s: " + what);
            Thread.sleep(20);
        }
    }

    /// Each has as many as it should, and nobody has what another has.
    private static void eventuallyShared(Member... members) throws Exception {
        int share = PARTITIONS / members.length;
        eventually("each has " + share, () -> {
            Set<TopicPartition> all = new HashSet<>();
            boolean fair = true;
            for (Member member : members) {
                fair &= member.partitions().size() == share;
                all.addAll(member.partitions());
            }
            return fair && all.size() == share * members.length;
        });
    }

    private ConsumerGroupDescription described() throws Exception {
        return admin.describeConsumerGroups(List.of(group))
                .describedGroups()
                .values()
                .iterator()
                .next()
                .get();
    }

    private List<String> memberIdsOf(String clientId) throws Exception {
        return described().members().stream()
                .filter(member -> member.clientId().startsWith(clientId))
                .map(MemberDescription::consumerId)
                .toList();
    }

    private void awaitMore(Collection<Long> handled) throws Exception {
        int before = handled.size();
        eventually("more is handled", () -> handled.size() > before + RECORDS_A_SECOND / 2);
    }

    /// Ends the load and waits until all of it is committed.
    private void finish() throws Exception {
        stopWriting.set(true);
        writing.toCompletableFuture().get(60, TimeUnit.SECONDS);
        eventually(
                "all is committed",
                () -> admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get().values().stream()
                                .mapToLong(OffsetAndMetadata::offset)
                                .sum()
                        == written.get());
    }

    private void assertNothingLost(List<? extends Collection<Long>> handled) {
        Set<Long> all = new HashSet<>();
        handled.forEach(all::addAll);
        assertEquals(written.get(), all.size());
        assertEquals(written.get() - 1, Collections.max(all));
    }

    @Test
    void partitionsMoveWithoutLossAndWithoutAnythingHandledTwice() throws Exception {
        try (Member first = member()) {
            eventuallyShared(first);
            awaitMore(first.handled);
            try (Member second = member()) {
                eventuallyShared(first, second);
                assertEquals(GroupType.CONSUMER, described().type());
                awaitMore(second.handled);
                first.leave();
                assertEquals(1, described().members().size(), "who leaves says so");
                eventuallyShared(second);
                awaitMore(second.handled);
                finish();
                assertNothingLost(List.of(first.handled, second.handled));
                assertEquals(written.get(), first.handled.size() + second.handled.size());
            }
        }
    }

    @Test
    void whoIsKilledIsMissedAfterItsSessionAndNothingIsLost() throws Exception {
        try (Member survivor = member();
                GroupWorker victim = worker()) {
            eventually("both have a half", () -> survivor.partitions().size() == PARTITIONS / 2);
            eventually("the other works", () -> victim.handled().size() > RECORDS_A_SECOND / 2);
            victim.kill();
            eventuallyShared(survivor);
            awaitMore(survivor.handled);
            finish();
            assertNothingLost(List.of(survivor.handled, victim.handled()));
        }
    }

    @Test
    void aCoordinatorThatIsKilledFindsItsMembersAgainAndNothingIsLost() throws Exception {
        try (Member first = member();
                Member second = member()) {
            eventuallyShared(first, second);
            awaitMore(first.handled);
            broker.killAbruptly();
            broker.start();
            eventuallyShared(first, second);
            awaitMore(first.handled);
            awaitMore(second.handled);
            finish();
            assertNothingLost(List.of(first.handled, second.handled));
        }
    }

    @Test
    void whoWasAwayForLongerThanItsSessionComesBackAsTheSameMember() throws Exception {
        try (Member present = member();
                GroupWorker away = worker()) {
            eventually("both have a half", () -> present.partitions().size() == PARTITIONS / 2);
            eventually("the other works", () -> away.handled().size() > RECORDS_A_SECOND / 2);
            List<String> memberId = memberIdsOf("worker");
            assertEquals(1, memberId.size());
            away.pause();
            eventuallyShared(present);
            assertEquals(List.of(), memberIdsOf("worker"));
            away.resume();
            eventually("both have a half again", () -> present.partitions().size() == PARTITIONS / 2);
            assertEquals(memberId, memberIdsOf("worker"));
            int before = away.handled().size();
            eventually("the other works again", () -> away.handled().size() > before + RECORDS_A_SECOND / 2);
            finish();
            assertNothingLost(List.of(present.handled, away.handled()));
        }
    }

    @Test
    void aHandlerThatIsSlowerThanTheSessionCausesNoRebalance() throws Exception {
        AtomicLong begun = new AtomicLong();
        Map<String, String> quick = settings(Map.of("max.poll.interval.ms", "" + SESSION_MS));
        try (Member slow = new Member(Group.named(group), quick, _ -> {
            if (begun.incrementAndGet() == 1) {
                // Longer than the session and the poll interval, on purpose.
                Thread.sleep(SESSION_MS * 3 / 2);
            }
        })) {
            eventuallyShared(slow);
            List<MemberDescription> before = List.copyOf(described().members());
            finish();
            assertEquals(before, List.copyOf(described().members()));
            assertNothingLost(List.of(slow.handled));
            assertEquals(written.get(), slow.handled.size(), "nothing came twice");
        }
    }

    @Test
    void aStaticMemberThatComesBackHasItsPartitionsAgainAndNobodyElseNoticed() throws Exception {
        try (Member one = staticMember("one")) {
            Set<TopicPartition> kept;
            Collection<Long> handled;
            try (Member two = staticMember("two")) {
                eventuallyShared(one, two);
                kept = two.partitions();
                handled = two.handled;
                awaitMore(two.handled);
            }
            Set<TopicPartition> others = one.partitions();
            assertEquals(2, described().members().size(), "it is expected back");
            try (Member two = staticMember("two")) {
                eventually("it has its partitions", () -> two.partitions().equals(kept));
                assertEquals(others, one.partitions());
                finish();
                assertNothingLost(List.of(one.handled, handled, two.handled));
                assertEquals(written.get(), one.handled.size() + handled.size() + two.handled.size());
            }
        }
    }

    @Test
    void aGroupMovesFromTheClassicProtocolMemberByMember() throws Exception {
        Map<String, String> classic = settings(Map.of("group.protocol", "classic", "heartbeat.interval.ms", "300"));
        try (Member old = new Member(Group.named(group), classic, _ -> {})) {
            eventuallyShared(old);
            assertEquals(GroupType.CLASSIC, described().type());
            try (Member first = member()) {
                eventuallyShared(old, first);
                awaitMore(old.handled);
                awaitMore(first.handled);
                assertEquals(GroupType.CONSUMER, described().type());
                old.leave();
                eventuallyShared(first);
                finish();
                assertNothingLost(List.of(old.handled, first.handled));
            }
        }
    }
}
