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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.pekko.Done;
import org.apache.pekko.stream.javadsl.Keep;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Partitions of a group as sources of their own, against real brokers: the same for Sampo and for Apache Kafka.
@Timeout(180)
abstract class StreamPartitionsTest extends StreamClientFixture {
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

    private static final Map<String, ?> QUICK =
            Map.of("heartbeat.interval.ms", 300, "session.timeout.ms", 6_000, "default.api.timeout.ms", 20_000);

    @SuppressWarnings("NullAway.Init")
    private StreamClient first;

    @SuppressWarnings("NullAway.Init")
    private StreamClient second;

    private int written;

    @BeforeEach
    void connectMembers() {
        first = client(QUICK);
        second = client(QUICK);
    }

    @AfterEach
    void closeMembers() {
        first.close();
        second.close();
    }

    private Topic<String, String> topic(StreamClient of) {
        return of.topic(topicName, Codec.utf8(), Codec.utf8());
    }

    private Group group() {
        return Group.named(topicName + "-group");
    }

    /// As many to each partition.
    private void writeEvenly(int count) throws Exception {
        List<Outgoing<String, String>> records = IntStream.range(written, written + count)
                .mapToObj(i -> Outgoing.of("k", Integer.toString(i)).toPartition(i % PARTITIONS))
                .toList();
        written += count;
        get(Source.from(records).runWith(topic(first).sink(), first.system()));
    }

    private long committedRecords() {
        return committedRecords(group().name());
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
        writeEvenly(4_000);
        Member one = new Member(first, handled);
        eventually("the first one has all", () -> one.holds() == PARTITIONS);
        Member other = new Member(second, handled);
        writeEvenly(4_000);
        eventually("they share", () -> one.holds() == 2 && other.holds() == 2);
        writeEvenly(4_000);
        eventually("all are committed", () -> committedRecords() == written);

        get(other.running.drain(Duration.ofSeconds(20)));
        eventually("the second one's sources have ended", () -> other.holds() == 0);
        writeEvenly(4_000);
        eventually("the first one has all again", () -> one.holds() == PARTITIONS);
        eventually("the rest is committed", () -> committedRecords() == written);
        get(one.running.drain(Duration.ofSeconds(20)));

        for (Taken taken : one.taken) {
            get(taken.end());
        }
        handled.forEach((partition, offsets) -> assertEquals(
                IntStream.range(0, written / PARTITIONS).mapToObj(i -> (long) i).toList(),
                List.copyOf(offsets),
                "partition " + partition));
    }

    @Test
    void aSlowPartitionHoldsUpNoOther() throws Exception {
        writeEvenly(40_000);
        CompletableFuture<Done> gate = new CompletableFuture<>();
        Map<Integer, AtomicInteger> seen = new ConcurrentHashMap<>();
        Running running = topic(first)
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
                                    .runWith(Sink.foreach(Delivery::ack), first.system());
                        }),
                        Keep.left())
                .run(first.system());
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
        writeEvenly(PARTITIONS);
        List<Delivery<Event<String, String>>> out = new CopyOnWriteArrayList<>();
        List<Taken> taken = new CopyOnWriteArrayList<>();
        Running running = topic(first)
                .partitions(group())
                .toMat(
                        Sink.foreach(one -> taken.add(new Taken(
                                one.partition().partition(),
                                one.source().runWith(Sink.foreach(out::add), first.system())))),
                        Keep.left())
                .run(first.system());
        eventually("one of each partition is out", () -> out.size() == PARTITIONS);
        Map<Integer, ConcurrentLinkedQueue<Long>> handled = new ConcurrentHashMap<>();
        Member other = new Member(second, handled);
        eventually("two are read no more", () -> running.assignment().size() == 2);
        assertTrue(taken.stream().noneMatch(Taken::hasEnded));
        assertFalse(other.running.completion().toCompletableFuture().isDone());
        assertEquals(0, other.holds());

        out.forEach(Delivery::ack);
        eventually("two have moved", () -> other.holds() == 2);
        assertEquals(2, taken.stream().filter(Taken::hasEnded).count());
        writeEvenly(PARTITIONS);
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
