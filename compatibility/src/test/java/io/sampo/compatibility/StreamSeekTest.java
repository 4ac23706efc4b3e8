package io.sampo.compatibility;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.compatibility.broker.BrokerKind;
import io.sampo.compatibility.broker.BrokerUnderTest;
import io.sampo.streams.Codec;
import io.sampo.streams.Delivery;
import io.sampo.streams.Group;
import io.sampo.streams.Outgoing;
import io.sampo.streams.Running;
import io.sampo.streams.StreamClient;
import io.sampo.streams.Topic;
import io.sampo.streams.admin.OffsetTime;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.apache.kafka.common.TopicPartition;
import org.apache.pekko.Done;
import org.apache.pekko.stream.javadsl.Keep;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A group that goes on elsewhere while it is read: the same for Sampo and for Apache Kafka.
@Timeout(180)
abstract class StreamSeekTest extends StreamClientFixture {
    /// Against a node of Sampo.
    static final class OnSampoTest extends StreamSeekTest {
        @BeforeAll
        static void start(@TempDir Path directory) {
            broker = BrokerUnderTest.start(BrokerKind.SAMPO, directory, Map.of());
        }
    }

    /// Against Apache Kafka.
    static final class OnKafkaTest extends StreamSeekTest {
        @BeforeAll
        static void start(@TempDir Path directory) {
            broker = BrokerUnderTest.start(BrokerKind.KAFKA, directory, Map.of());
        }
    }

    /// So that nearly always one is on its way.
    private final StreamClient inSmallChunks = client(Map.of("batch.size", 200, "max.partition.fetch.bytes", 300));

    private final Group group = Group.named("seekers-" + System.nanoTime());

    @AfterEach
    void closeOwn() {
        inSmallChunks.close();
    }

    private TopicPartition partition(int index) {
        return new TopicPartition(topicName, index);
    }

    private long committed(int partition) {
        var all = now(client.admin().groupOffsets(group.name()));
        return all.containsKey(partition(partition))
                ? known(all, partition(partition)).offset()
                : -1;
    }

    @Test
    void whatIsHandledBeginsAgainAndSoDoesTheGroup() throws Exception {
        write(4_000);
        Queue<String> handled = new ConcurrentLinkedQueue<>();
        Running running = topic().consume(group).concurrency(16).handle(event -> handled.add(event.key()));
        eventually("all are handled", () -> handled.size() == 4_000);
        eventually(
                "and committed",
                () -> now(running.lag()).records() == 0 && running.assignment().size() == PARTITIONS);
        long[] ends = IntStream.range(0, PARTITIONS)
                .mapToLong(index ->
                        known(now(running.lag()).partitions(), partition(index)).end())
                .toArray();
        get(running.seek(Map.of(partition(0), 0L, partition(1), ends[1] / 2)));
        long again = ends[0] + ends[1] - ends[1] / 2;
        eventually("those are handled again", () -> handled.size() == 4_000 + again);
        eventually("and committed again", () -> committed(0) == ends[0] && committed(1) == ends[1]);

        get(running.seek(Map.of(partition(0), 5L)));
        get(running.drain(Duration.ofSeconds(30)));
        assertTrue(handled.size() <= 4_000 + again + ends[0] - 5);
        assertTrue(committed(0) >= 5, "the group has moved with it");
    }

    /// Chunks that were fetched before are on their way all the time.
    @Test
    void eachSeekIsFollowedByTheRecordThatWasAskedForAndThoseBehindIt() throws Exception {
        Topic<String, String> small = inSmallChunks.topic(topicName, Codec.utf8(), Codec.utf8());
        get(Source.range(0, 7_999)
                .map(i -> Outgoing.of("k" + i % 10, Integer.toString(i)))
                .runWith(small.sink(), inSmallChunks.system()));
        Queue<Long> offsets = new ConcurrentLinkedQueue<>();
        var reading = small.source(group)
                .map(delivery -> {
                    if (delivery.get().partition() == 0) {
                        offsets.add(delivery.get().offset());
                    }
                    return delivery;
                })
                .toMat(Sink.foreach(Delivery::ack), Keep.both())
                .run(inSmallChunks.system());
        Running running = reading.first();
        eventually("it reads", () -> !offsets.isEmpty());
        long end = known(get(client.admin().listOffsets(Map.of(partition(0), OffsetTime.latest()))), partition(0))
                .offset();
        SplittableRandom random = new SplittableRandom(42);
        List<Long> sought = new ArrayList<>();
        for (int each = 0; each < 25; each++) {
            long target = random.nextLong(end - 1);
            int before = offsets.size();
            get(running.seek(Map.of(partition(0), target)));
            sought.add(target);
            eventually("it reads on", () -> offsets.size() > before + 1);
        }
        eventually("it comes to the end", () -> committed(0) == end);
        get(running.drain(Duration.ofSeconds(30)));
        get(reading.second().thenApply(Done.class::cast));
        long expected = offsets.remove();
        List<Long> jumps = new ArrayList<>();
        for (long offset : offsets) {
            if (offset != expected + 1) {
                jumps.add(offset);
            }
            expected = offset;
        }
        sought.removeIf(target -> !jumps.contains(target)); // one that led to the very next record is no jump
        assertEquals(sought, jumps);
        assertTrue(jumps.size() > 15, jumps.size() + " jumps");
    }
}
