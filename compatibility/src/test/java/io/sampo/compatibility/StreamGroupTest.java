package io.sampo.compatibility;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.compatibility.broker.BrokerKind;
import io.sampo.compatibility.broker.BrokerUnderTest;
import io.sampo.streams.Ack;
import io.sampo.streams.Codec;
import io.sampo.streams.Delivery;
import io.sampo.streams.Event;
import io.sampo.streams.Group;
import io.sampo.streams.HandlerFailed;
import io.sampo.streams.Ordering;
import io.sampo.streams.Retry;
import io.sampo.streams.Running;
import io.sampo.streams.StreamClient;
import io.sampo.streams.UnsupportedFeature;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.pekko.stream.javadsl.Sink;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Reading with a group against real brokers: the same for Sampo and for Apache Kafka.
@Timeout(120)
abstract class StreamGroupTest extends StreamClientFixture {
    /// Against a node of Sampo.
    static final class OnSampoTest extends StreamGroupTest {
        @BeforeAll
        static void start(@TempDir Path directory) {
            broker = BrokerUnderTest.start(BrokerKind.SAMPO, directory, Map.of());
        }

        @Test
        void theConsumerProtocolIsMissedByItsName() throws Exception {
            try (StreamClient modern = client(Map.of("group.protocol", "consumer"))) {
                Running running = modern.topic("any", Codec.utf8(), Codec.utf8())
                        .consume(Group.named("modern"))
                        .handle(_ -> {});
                ExecutionException failed = assertThrows(ExecutionException.class, () -> get(running.completion()));
                UnsupportedFeature missing = assertInstanceOf(UnsupportedFeature.class, failed.getCause());
                assertTrue(
                        String.valueOf(missing.getMessage()).startsWith("group.protocol=consumer"), missing::toString);
                assertEquals(0, running.restarts().count());
            }
        }
    }

    /// Against Apache Kafka.
    static final class OnKafkaTest extends StreamGroupTest {
        @BeforeAll
        static void start(@TempDir Path directory) {
            broker = BrokerUnderTest.start(BrokerKind.KAFKA, directory, Map.of());
        }
    }

    /// Against the oldest Apache Kafka that is spoken with.
    static final class OnKafka28Test extends StreamGroupTest {
        @BeforeAll
        static void start(@TempDir Path directory) {
            broker = BrokerUnderTest.start(BrokerKind.KAFKA_2_8, directory, Map.of());
        }
    }

    @Test
    void aGroupReadsAllOnceAndCommitsWhatIsAcknowledged() throws Exception {
        write(10_000);
        String group = topicName + "-group";
        Running running = topic().source(Group.named(group)).to(Ack.sink()).run(client.system());
        eventually("all is committed", () -> committedRecords(group) == 10_000);
        assertEquals(0, get(running.lag()).records());
        get(running.drain(Duration.ofSeconds(30)));

        AtomicInteger again = new AtomicInteger();
        Running second = topic().source(Group.named(group))
                .to(Sink.foreach(delivery -> {
                    again.incrementAndGet();
                    delivery.ack();
                }))
                .run(client.system());
        write(100);
        eventually("the new ones are committed", () -> committedRecords(group) == 10_100);
        second.close();
        assertEquals(100, again.get(), "nothing that was committed came again");
    }

    @Test
    void whatIsNotAcknowledgedComesAgainAndNothingBehindItIsCommitted() throws Exception {
        write(100);
        String group = topicName + "-group";
        ConcurrentLinkedQueue<Delivery<Event<String, String>>> out = new ConcurrentLinkedQueue<>();
        Running running =
                topic().source(Group.named(group)).to(Sink.foreach(out::add)).run(client.system());
        eventually("all are out", () -> out.size() == 100);
        out.stream().filter(delivery -> delivery.get().offset() != 3).forEach(Delivery::ack);
        eventually("the prefixes are committed", () -> {
            Map<TopicPartition, OffsetAndMetadata> now = committed(group);
            // The ten keys go to three of the four partitions.
            return now.size() == 3 && now.values().stream().allMatch(offset -> offset.offset() == 3);
        });
        get(running.drain(Duration.ZERO));

        ConcurrentLinkedQueue<Event<String, String>> again = new ConcurrentLinkedQueue<>();
        Running second = topic().source(Group.named(group))
                .to(Sink.foreach(delivery -> {
                    again.add(delivery.get());
                    delivery.ack();
                }))
                .run(client.system());
        long expected =
                out.stream().filter(delivery -> delivery.get().offset() >= 3).count();
        eventually("the rest came again", () -> again.size() == expected);
        second.close();
    }

    @Test
    void theEndOfAStreamStillCommitsWhatIsAcknowledgedLater() throws Exception {
        write(100);
        String group = topicName + "-group";
        List<Delivery<Event<String, String>>> taken =
                get(topic().source(Group.named(group)).take(40).runWith(Sink.seq(), client.system()));
        taken.forEach(Delivery::ack);
        eventually("forty are committed", () -> committedRecords(group) == 40);
    }

    @Test
    void closingTheClientWaitsForWhatIsOutAndCommitsIt() throws Exception {
        write(60);
        String group = topicName + "-group";
        StreamClient own = client(Map.of("auto.commit.interval.ms", 60_000));
        AtomicInteger begun = new AtomicInteger();
        Running running = own.topic(topicName, Codec.utf8(), Codec.utf8())
                .consume(Group.named(group))
                .ordering(Ordering.NONE)
                .handle(event -> {
                    begun.incrementAndGet();
                    // Still at work when the client is closed, on purpose.
                    Thread.sleep(300);
                });
        eventually("some are at work", () -> begun.get() > 0);
        own.close();
        get(running.completion());
        assertEquals(begun.get(), committedRecords(group));
    }

    @Test
    void partitionsMoveBetweenMembersWithoutLossAndInOrderPerKey() throws Exception {
        String group = topicName + "-group";
        Map<String, List<Integer>> handled = new ConcurrentHashMap<>();
        AtomicInteger count = new AtomicInteger();
        List<StreamClient> clients = new ArrayList<>();
        List<Running> members = new ArrayList<>();
        try {
            for (int member = 0; member < 3; member++) {
                StreamClient own = client(Map.of("heartbeat.interval.ms", "300", "session.timeout.ms", "6000"));
                clients.add(own);
                members.add(own.topic(topicName, Codec.utf8(), Codec.utf8())
                        .consume(Group.named(group))
                        .ordering(Ordering.KEY)
                        .concurrency(16)
                        .handle(event -> {
                            handled.computeIfAbsent(String.valueOf(event.key()), _ -> new ArrayList<>())
                                    .add(Integer.parseInt(String.valueOf(event.value())));
                            count.incrementAndGet();
                        }));
                write(member * 2_000, (member + 1) * 2_000);
            }
            eventually(
                    "all three have partitions",
                    () -> members.stream()
                            .allMatch(member -> !member.assignment().isEmpty()));
            get(members.get(0).drain(Duration.ofSeconds(30)));
            write(6_000, 8_000);
            eventually("all are committed", () -> committedRecords(group) == 8_000);
        } finally {
            members.forEach(Running::close);
            clients.forEach(StreamClient::close);
        }
        assertEquals(8_000, count.get(), "orderly moves handle nothing twice");
        handled.forEach((key, numbers) -> assertEquals(numbers.stream().sorted().toList(), numbers, key));
    }

    @Test
    void aSlowHandlerCausesNoRebalance() throws Exception {
        write(4);
        String group = topicName + "-group";
        try (StreamClient quick = client(
                Map.of("session.timeout.ms", "6000", "heartbeat.interval.ms", "500", "max.poll.interval.ms", "6000"))) {
            CountDownLatch begun = new CountDownLatch(1);
            AtomicInteger calls = new AtomicInteger();
            Running running = quick.topic(topicName, Codec.utf8(), Codec.utf8())
                    .consume(Group.named(group))
                    .handle(event -> {
                        calls.incrementAndGet();
                        begun.countDown();
                        // Longer than the session and the poll interval, on purpose.
                        Thread.sleep(9_000);
                    });
            assertTrue(begun.await(60, TimeUnit.SECONDS));
            eventually("all are committed", () -> committedRecords(group) == 4);
            running.close();
            assertEquals(4, calls.get());
        }
    }

    @Test
    void aPoisonedRecordGoesToTheDeadLettersAndTheOthersGoOn() throws Exception {
        createTopic(topicName + "-dead");
        write(20);
        String group = topicName + "-group";
        Running running = topic().consume(Group.named(group))
                .ordering(Ordering.KEY)
                .retry(Retry.exponential(Duration.ofMillis(1), Duration.ofMillis(10))
                        .max(3)
                        .thenDeadLetter(topicName + "-dead"))
                .handle(event -> {
                    if ("7".equals(event.value())) {
                        throw new IllegalStateException("poison");
                    }
                });
        eventually("all are committed", () -> committedRecords(group) == 20);
        running.close();
        List<Event<String, String>> dead = readAll(topicName + "-dead");
        assertEquals(1, dead.size());
        assertEquals("7", dead.getFirst().value());
        assertEquals(
                "3",
                new String(
                        dead.getFirst()
                                .headers()
                                .lastHeader("sampo.dead.attempts")
                                .value(),
                        java.nio.charset.StandardCharsets.UTF_8));
    }

    @Test
    void aHandlersLastFailureEndsTheConsumptionAndItsRecordComesAgain() throws Exception {
        write(20);
        String group = topicName + "-group";
        Running running = topic().consume(Group.named(group)).handle(event -> {
            if ("11".equals(event.value())) {
                throw new IllegalStateException("no further");
            }
        });
        ExecutionException failed = assertThrows(ExecutionException.class, () -> get(running.completion()));
        HandlerFailed last = assertInstanceOf(HandlerFailed.class, failed.getCause());
        assertEquals("java.lang.IllegalStateException: no further", String.valueOf(last.getCause()));
        assertEquals(0, running.restarts().count());
        ConcurrentLinkedQueue<String> values = new ConcurrentLinkedQueue<>();
        Running second = topic().consume(Group.named(group)).handle(event -> values.add(String.valueOf(event.value())));
        eventually("all are committed", () -> committedRecords(group) == 20);
        second.close();
        assertTrue(values.contains("11"));
    }
}
