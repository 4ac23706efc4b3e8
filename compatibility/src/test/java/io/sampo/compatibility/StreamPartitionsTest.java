package io.sampo.compatibility;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.compatibility.broker.BrokerKind;
import io.sampo.compatibility.broker.BrokerUnderTest;
import io.sampo.streams.Codec;
import io.sampo.streams.Delivery;
import io.sampo.streams.Event;
import io.sampo.streams.Group;
import io.sampo.streams.Outgoing;
import io.sampo.streams.PartitionSource;
import io.sampo.streams.Running;
import io.sampo.streams.StreamClient;
import io.sampo.streams.Topic;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.pekko.Done;
import org.apache.pekko.stream.javadsl.Keep;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Partitions of a group as sources of their own, against real brokers: the same for Sampo and for Apache Kafka.
@Timeout(180)
abstract class StreamPartitionsTest {
    private static final int PARTITIONS = 4;

    /// Against a node of Sampo.
    static final class OnSampoTest extends StreamPartitionsTest {
        @BeforeAll
        static void start(@TempDir Path directory) {
            broker = BrokerUnderTest.start(BrokerKind.SAMPO, directory, Map.of());
        }
    }

    /// Against Apache Kafka.
    static final class OnKafkaTest extends StreamPartitionsTest {
        @BeforeAll
        static void start(@TempDir Path directory) {
            broker = BrokerUnderTest.start(BrokerKind.KAFKA, directory, Map.of());
        }
    }

    @SuppressWarnings("NullAway.Init")
    private static BrokerUnderTest broker;

    @SuppressWarnings("NullAway.Init")
    private StreamClient client;

    @SuppressWarnings("NullAway.Init")
    private StreamClient secondClient;

    @SuppressWarnings("NullAway.Init")
    private String topicName;

    private int written;

    @AfterAll
    static void stop() {
        broker.close();
    }

    @BeforeEach
    void connect(TestInfo test) throws Exception {
        topicName = test.getTestMethod().orElseThrow().getName();
        try (Admin admin = admin()) {
            admin.createTopics(List.of(new NewTopic(topicName, Optional.of(PARTITIONS), Optional.empty())))
                    .all()
                    .get();
        }
        client = client();
        secondClient = client();
    }

    @AfterEach
    void close() {
        client.close();
        secondClient.close();
    }

    private static Admin admin() {
        return Admin.create(Map.of("bootstrap.servers", broker.bootstrap()));
    }

    private static StreamClient client() {
        return StreamClient.connect(Map.of(
                "bootstrap.servers",
                broker.bootstrap(),
                "auto.commit.interval.ms",
                100,
                "heartbeat.interval.ms",
                300,
                "session.timeout.ms",
                6_000,
                "default.api.timeout.ms",
                20_000));
    }

    private Topic<String, String> topic(StreamClient of) {
        return of.topic(topicName, Codec.utf8(), Codec.utf8());
    }

    private Group group() {
        return Group.named(topicName + "-group");
    }

    private static <T> T get(CompletionStage<T> stage) throws Exception {
        return stage.toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    private static void eventually(String what, BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadline, "not within 60 s: " + what);
            Thread.sleep(10);
        }
    }

    /// As many to each partition.
    private void write(int count) throws Exception {
        List<Outgoing<String, String>> records = IntStream.range(written, written + count)
                .mapToObj(i -> Outgoing.of("k", Integer.toString(i)).toPartition(i % PARTITIONS))
                .toList();
        written += count;
        get(Source.from(records).runWith(topic(client).sink(), client.system()));
    }

    private long committedRecords() {
        try (Admin admin = admin()) {
            return admin
                    .listConsumerGroupOffsets(group().name())
                    .partitionsToOffsetAndMetadata()
                    .get()
                    .values()
                    .stream()
                    .mapToLong(OffsetAndMetadata::offset)
                    .sum();
        } catch (InterruptedException | java.util.concurrent.ExecutionException failure) {
            throw new IllegalStateException(failure);
        }
    }

    /// One partition as often as it was assigned to a member.
    private record Taken(int partition, CompletionStage<Done> end) {
        boolean hasEnded() {
            return end.toCompletableFuture().isDone();
        }
    }

    /// A member that works on what it gets at once.
    private final class Member {
        final List<Taken> taken = new CopyOnWriteArrayList<>();
        final Running running;

        /// @param handled the offsets of each partition, by all members
        Member(StreamClient of, Map<Integer, ConcurrentLinkedQueue<Long>> handled) {
            running = topic(of)
                    .partitions(group())
                    .toMat(Sink.foreach(one -> work(of, one, handled)), Keep.left())
                    .run(of.system());
        }

        private void work(
                StreamClient of,
                PartitionSource<String, String> one,
                Map<Integer, ConcurrentLinkedQueue<Long>> handled) {
            int partition = one.partition().partition();
            ConcurrentLinkedQueue<Long> offsets =
                    handled.computeIfAbsent(partition, _ -> new ConcurrentLinkedQueue<>());
            taken.add(new Taken(
                    partition,
                    one.source()
                            .runWith(
                                    Sink.foreach(delivery -> {
                                        offsets.add(delivery.get().offset());
                                        delivery.ack();
                                    }),
                                    of.system())));
        }

        long holds() {
            return taken.stream().filter(one -> !one.hasEnded()).count();
        }
    }

    @Test
    void partitionsMoveBetweenMembersAndEachRecordIsHandledOnceAndInOrder() throws Exception {
        Map<Integer, ConcurrentLinkedQueue<Long>> handled = new ConcurrentHashMap<>();
        write(4_000);
        Member first = new Member(client, handled);
        eventually("the first one has all", () -> first.holds() == PARTITIONS);
        Member second = new Member(secondClient, handled);
        write(4_000);
        eventually("they share", () -> first.holds() == 2 && second.holds() == 2);
        write(4_000);
        eventually("all are committed", () -> committedRecords() == written);

        get(second.running.drain(Duration.ofSeconds(20)));
        eventually("the second one's sources have ended", () -> second.holds() == 0);
        write(4_000);
        eventually("the first one has all again", () -> first.holds() == PARTITIONS);
        eventually("the rest is committed", () -> committedRecords() == written);
        get(first.running.drain(Duration.ofSeconds(20)));

        for (Taken taken : first.taken) {
            get(taken.end());
        }
        handled.forEach((partition, offsets) -> assertEquals(
                IntStream.range(0, written / PARTITIONS).mapToObj(i -> (long) i).toList(),
                List.copyOf(offsets),
                "partition " + partition));
    }

    @Test
    void aSlowPartitionHoldsUpNoOther() throws Exception {
        write(40_000);
        CompletableFuture<Done> gate = new CompletableFuture<>();
        Map<Integer, AtomicInteger> seen = new ConcurrentHashMap<>();
        Running running = topic(client)
                .partitions(group())
                .toMat(
                        Sink.foreach(one -> {
                            int partition = one.partition().partition();
                            AtomicInteger count = seen.computeIfAbsent(partition, _ -> new AtomicInteger());
                            one.source()
                                    .mapAsync(1, delivery -> {
                                        count.incrementAndGet();
                                        CompletionStage<Done> done =
                                                partition == 0 ? gate : CompletableFuture.completedFuture(Done.done());
                                        return done.thenApply(_ -> delivery);
                                    })
                                    .runWith(Sink.foreach(Delivery::ack), client.system());
                        }),
                        Keep.left())
                .run(client.system());
        eventually("the others are committed", () -> committedRecords() == 30_000);
        // One is at work; the others have not been asked for by a stage that has it.
        assertEquals(1, count(seen, 0));
        gate.complete(Done.getInstance());
        eventually("the slow one is committed, too", () -> committedRecords() == 40_000);
        get(running.drain(Duration.ofSeconds(20)));
    }

    private static int count(Map<Integer, AtomicInteger> seen, int partition) {
        return seen.getOrDefault(partition, new AtomicInteger()).get();
    }

    @Test
    void aPartitionGoesWhenWhatIsOutOfItIsDoneAndNoSooner() throws Exception {
        write(PARTITIONS);
        List<Delivery<Event<String, String>>> out = new CopyOnWriteArrayList<>();
        List<Taken> taken = new CopyOnWriteArrayList<>();
        Running first = topic(client)
                .partitions(group())
                .toMat(
                        Sink.foreach(one -> taken.add(new Taken(
                                one.partition().partition(),
                                one.source().runWith(Sink.foreach(out::add), client.system())))),
                        Keep.left())
                .run(client.system());
        eventually("one of each partition is out", () -> out.size() == PARTITIONS);
        Map<Integer, ConcurrentLinkedQueue<Long>> handled = new ConcurrentHashMap<>();
        Member second = new Member(secondClient, handled);
        eventually("two are read no more", () -> first.assignment().size() == 2);
        assertTrue(taken.stream().noneMatch(Taken::hasEnded));
        assertFalse(second.running.completion().toCompletableFuture().isDone());
        assertEquals(0, second.holds());

        out.forEach(Delivery::ack);
        eventually("two have moved", () -> second.holds() == 2);
        assertEquals(2, taken.stream().filter(Taken::hasEnded).count());
        write(PARTITIONS);
        eventually(
                "the new ones are out",
                () -> out.size()
                                + handled.values().stream()
                                        .mapToInt(java.util.Collection::size)
                                        .sum()
                        == 2 * PARTITIONS);
        out.forEach(Delivery::ack);
        eventually("all are committed", () -> committedRecords() == 2 * PARTITIONS);
        handled.values().forEach(offsets -> assertEquals(List.of(1L), List.copyOf(offsets), "none came again"));
    }
}
