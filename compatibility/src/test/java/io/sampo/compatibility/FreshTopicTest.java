package io.sampo.compatibility;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.sampo.compatibility.broker.BrokerUnderTest;
import io.sampo.compatibility.scenario.Check;
import io.sampo.compatibility.scenario.Payload;
import io.sampo.compatibility.scenario.ScenarioClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/// An idempotent producer that does not wait after a topic was created never gets stuck and never sees
/// OUT_OF_ORDER_SEQUENCE_NUMBER. (With Apache Kafka it does at times: KAFKA-15591. So this one test may fail
/// there.)
///
/// `-Dsampo.fresh.runs=100` is the full run, divided over 1 and 100 partitions; the build makes fewer.
@Timeout(value = 20, unit = TimeUnit.MINUTES)
final class FreshTopicTest {
    private static final int RUNS = Integer.getInteger("sampo.fresh.runs", 20);
    private static final int RECORDS = 600;
    private static final int SEND_DEADLINE_SECONDS = 20;

    private final Logger senderLog =
            (Logger) LoggerFactory.getLogger("org.apache.kafka.clients.producer.internals.Sender");
    private final ListAppender<ILoggingEvent> senderWarnings = new ListAppender<>();

    @BeforeEach
    void listenToTheProducersWarnings() {
        senderWarnings.start();
        senderLog.setLevel(Level.WARN);
        senderLog.setAdditive(false);
        senderLog.addAppender(senderWarnings);
    }

    @AfterEach
    void stopListening() {
        senderLog.detachAppender(senderWarnings);
        senderLog.setAdditive(true);
        senderLog.setLevel(null);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 100})
    void anIdempotentProducerThatStartsAtOnceIsNeverStuckAndKeepsTheOrder(int partitionCount, @TempDir Path dir)
            throws Exception {
        Map<String, String> settings = Map.of("num.partitions", "" + partitionCount);
        try (BrokerUnderTest broker = BrokerUnderTest.start(dir, settings)) {
            ScenarioClient client = new ScenarioClient(broker.bootstrap());
            for (int run = 0; run < RUNS / 2; run++) {
                boolean byCreateTopics = run % 2 == 0;
                String topic = byCreateTopics
                        ? client.createTopic("fresh", partitionCount, Map.of())
                        : ScenarioClient.unique("fresh-auto");
                produceAtOnce(client, topic, partitionCount);
                checkOrder(client, topic, partitionCount);
            }
        }
        List<String> outOfOrder = senderWarnings.list.stream()
                .map(ILoggingEvent::getFormattedMessage)
                .filter(message -> message.contains("OUT_OF_ORDER") || message.contains("UNKNOWN_PRODUCER"))
                .toList();
        assertEquals(List.of(), outOfOrder);
    }

    private static void produceAtOnce(ScenarioClient client, String topic, int partitionCount) throws Exception {
        Map<String, Object> config = Map.of(
                "enable.idempotence", "true",
                "max.in.flight.requests.per.connection", "5",
                "linger.ms", "0",
                "batch.size", "400");
        KafkaProducer<byte[], byte[]> producer = client.producer(config);
        try {
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            for (int i = 0; i < RECORDS; i++) {
                sent.add(producer.send(new ProducerRecord<>(topic, i % partitionCount, null, Payload.of(i, 50))));
            }
            long endNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(SEND_DEADLINE_SECONDS);
            for (Future<RecordMetadata> one : sent) {
                Check.that(one.get(endNanos - System.nanoTime(), TimeUnit.NANOSECONDS) != null, "acknowledged");
            }
        } finally {
            producer.close(Duration.ofSeconds(5)); // a producer that is stuck must not hold up the test too
        }
    }

    private static void checkOrder(ScenarioClient client, String topic, int partitionCount) {
        List<List<ConsumerRecord<byte[], byte[]>>> read = client.readWhole(topic, partitionCount);
        for (int i = 0; i < RECORDS; i++) {
            byte[] value = read.get(i % partitionCount).get(i / partitionCount).value();
            Check.equal(Payload.of(i, 50), value, topic + ": record " + i);
        }
        assertEquals(RECORDS, read.stream().mapToInt(List::size).sum());
    }
}
