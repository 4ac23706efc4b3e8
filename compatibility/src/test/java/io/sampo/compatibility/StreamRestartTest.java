package io.sampo.compatibility;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.compatibility.broker.BrokerKind;
import io.sampo.compatibility.broker.BrokerUnderTest;
import io.sampo.streams.Codec;
import io.sampo.streams.Event;
import io.sampo.streams.Group;
import io.sampo.streams.Outgoing;
import io.sampo.streams.Restart;
import io.sampo.streams.Retry;
import io.sampo.streams.Running;
import io.sampo.streams.StreamClient;
import io.sampo.streams.Topic;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.pekko.stream.javadsl.Source;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Consumptions whose broker is killed (kill -9) and comes back: the same for Sampo and for Apache Kafka.
@Timeout(240)
abstract class StreamRestartTest extends StreamClientFixture {
    /// Against a node of Sampo.
    static final class OnSampoTest extends StreamRestartTest {
        @BeforeAll
        static void start(@TempDir Path directory) {
            broker = BrokerUnderTest.start(BrokerKind.SAMPO, directory, Map.of());
        }
    }

    /// Against Apache Kafka.
    static final class OnKafkaTest extends StreamRestartTest {
        @BeforeAll
        static void start(@TempDir Path directory) {
            broker = BrokerUnderTest.start(BrokerKind.KAFKA, directory, Map.of());
        }
    }

    @BeforeEach
    void createDeadLetterTopic() throws Exception {
        createTopic(dead());
    }

    private String dead() {
        return topicName + "-dead";
    }

    private static StreamClient briefClient(Map<String, ?> more) {
        Map<String, Object> settings = new HashMap<>(more);
        settings.put("default.api.timeout.ms", 20_000);
        return client(settings);
    }

    private Topic<String, String> work(StreamClient client) {
        return client.topic(topicName, Codec.utf8(), Codec.utf8());
    }

    private void write(StreamClient client, int from, int until) throws Exception {
        List<Outgoing<String, String>> records = IntStream.range(from, until)
                .mapToObj(i -> Outgoing.of("k", Integer.toString(i)).toPartition(i % PARTITIONS))
                .toList();
        get(Source.from(records).runWith(work(client).sink(), client.system()));
    }

    @Test
    void aBrokerThatComesBackIsNoFailureAtAll() throws Exception {
        try (StreamClient client = briefClient(Map.of())) {
            Set<String> handled = ConcurrentHashMap.newKeySet();
            Running running = work(client)
                    .consume(Group.named(topicName + "-group"))
                    .handle(event -> handled.add(String.valueOf(event.value())));
            write(client, 0, 4_000);
            eventually("some are handled", () -> handled.size() > 100);
            broker.killAbruptly();
            broker.start();
            write(client, 4_000, 8_000);
            eventually("all are handled", () -> handled.size() == 8_000);
            assertFalse(running.completion().toCompletableFuture().isDone());
            assertEquals(0, running.restarts().count(), "the client mended it within its connections");
            get(running.drain(Duration.ofSeconds(20)));
        }
    }

    /// The dead letters of a broker that is away cannot be written in time.
    @Test
    void aConsumptionThatFailsWhileTheBrokerIsAwayBeginsAnewAndLosesNothing() throws Exception {
        Map<String, Object> impatient = Map.of(
                "max.block.ms", 3_000, "delivery.timeout.ms", 3_000, "request.timeout.ms", 2_000, "linger.ms", 0);
        try (StreamClient client = briefClient(impatient)) {
            write(client, 0, 400);
            Set<String> handled = ConcurrentHashMap.newKeySet();
            CountDownLatch begun = new CountDownLatch(1);
            CountDownLatch brokerIsAway = new CountDownLatch(1);
            Running running = work(client)
                    .consume(Group.named(topicName + "-group"))
                    .retry(Retry.never().thenDeadLetter(dead()))
                    .restart(Restart.exponential(Duration.ofMillis(200), Duration.ofSeconds(2)))
                    .handle(event -> {
                        begun.countDown();
                        assertTrue(brokerIsAway.await(60, TimeUnit.SECONDS));
                        if (isPoison(event)) {
                            throw new IllegalStateException("poison");
                        }
                        handled.add(String.valueOf(event.value()));
                    });
            assertTrue(begun.await(60, TimeUnit.SECONDS));
            broker.killAbruptly();
            brokerIsAway.countDown();
            eventually("it failed", () -> running.restarts().lastFailure().isPresent());
            assertInstanceOf(
                    RetriableException.class, running.restarts().lastFailure().orElseThrow());
            broker.start();
            eventually("all others are handled", () -> handled.size() == 360);
            assertTrue(running.restarts().count() >= 1);
            assertFalse(running.completion().toCompletableFuture().isDone());
            get(running.drain(Duration.ofSeconds(20)));

            Set<String> dead = new HashSet<>();
            readAll(dead()).forEach(event -> dead.add(String.valueOf(event.value())));
            assertEquals(40, dead.size());
            assertTrue(dead.stream().noneMatch(handled::contains));
        }
    }

    private static boolean isPoison(Event<String, String> event) {
        return event.offset() % 10 == 7;
    }
}
