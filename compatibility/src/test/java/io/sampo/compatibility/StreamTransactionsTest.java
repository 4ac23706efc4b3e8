package io.sampo.compatibility;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.compatibility.broker.BrokerKind;
import io.sampo.compatibility.broker.BrokerUnderTest;
import io.sampo.streams.Ack;
import io.sampo.streams.Codec;
import io.sampo.streams.Event;
import io.sampo.streams.Group;
import io.sampo.streams.Outgoing;
import io.sampo.streams.Running;
import io.sampo.streams.Span;
import io.sampo.streams.StreamClient;
import io.sampo.streams.admin.OffsetTime;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.pekko.stream.javadsl.Sink;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The stream client reads what kafka-clients wrote in transactions. Against Apache Kafka only: Sampo has no
/// transactions.
@Timeout(120)
final class StreamTransactionsTest extends StreamClientFixture {
    private static final int PARTITION = 1;

    @BeforeAll
    static void start(@TempDir Path directory) {
        broker = BrokerUnderTest.start(BrokerKind.KAFKA, directory, Map.of());
    }

    @SuppressWarnings("NullAway.Init")
    private StreamClient committedOnly;

    /// Two, so that two transactions can be open at a time.
    @SuppressWarnings("NullAway.Init")
    private KafkaProducer<String, String> first;

    @SuppressWarnings("NullAway.Init")
    private KafkaProducer<String, String> second;

    @BeforeEach
    void begin() {
        // Small, so that transactions begin and end in the middle of answers.
        committedOnly = client(Map.of("isolation.level", "read_committed", "max.partition.fetch.bytes", 2_000));
        first = producer("first");
        second = producer("second");
    }

    @AfterEach
    void end() {
        committedOnly.close();
        first.close(Duration.ofSeconds(5));
        second.close(Duration.ofSeconds(5));
    }

    private KafkaProducer<String, String> producer(String id) {
        KafkaProducer<String, String> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", broker.bootstrap(), "transactional.id", topicName + id),
                new StringSerializer(),
                new StringSerializer());
        producer.initTransactions();
        return producer;
    }

    private void send(KafkaProducer<String, String> producer, String... values) {
        for (String value : values) {
            var _ = producer.send(new ProducerRecord<>(topicName, PARTITION, "k", value));
        }
        producer.flush();
    }

    private void inTransaction(KafkaProducer<String, String> producer, boolean commit, String... values)
            throws Exception {
        producer.beginTransaction();
        send(producer, values);
        finish(producer, commit);
    }

    /// Returns when the marker is in the log, which a producer does not wait for.
    private void finish(KafkaProducer<String, String> producer, boolean commit) throws Exception {
        long marker = end(IsolationLevel.READ_UNCOMMITTED);
        if (commit) {
            producer.commitTransaction();
        } else {
            producer.abortTransaction();
        }
        eventually("the marker is there", () -> end(IsolationLevel.READ_UNCOMMITTED) == marker + 1);
    }

    private List<String> valuesUntilNow(StreamClient of) throws Exception {
        return get(of.topic(topicName, Codec.utf8(), Codec.utf8())
                        .read(Span.all().untilNow())
                        .runWith(Sink.seq(), of.system()))
                .stream()
                .map(event -> String.valueOf(event.value()))
                .toList();
    }

    private long end(IsolationLevel isolation) {
        TopicPartition partition = new TopicPartition(topicName, PARTITION);
        return known(now(client.admin().listOffsets(Map.of(partition, OffsetTime.latest()), isolation)), partition)
                .offset();
    }

    private Running consume(StreamClient of, Queue<Event<String, String>> into) {
        return of.topic(topicName, Codec.utf8(), Codec.utf8())
                .consume(Group.named(group()))
                .handle(into::add);
    }

    private String group() {
        return topicName + "-group";
    }

    private boolean isCommitted(long offset) {
        OffsetAndMetadata now = committed(group()).get(new TopicPartition(topicName, PARTITION));
        return now != null && now.offset() == offset;
    }

    private static List<String> values(Queue<Event<String, String>> events) {
        return events.stream().map(event -> String.valueOf(event.value())).toList();
    }

    @Test
    void onlyCommittedRecordsAreReadAndTheMarkersNever() throws Exception {
        inTransaction(first, true, "c0", "c1");
        inTransaction(first, false, "a0", "a1");
        get(topic().send(Outgoing.of("k", "plain").toPartition(PARTITION)));
        inTransaction(second, false, "a2");
        inTransaction(first, true, "c2");
        assertEquals(List.of("c0", "c1", "plain", "c2"), valuesUntilNow(committedOnly));
        assertEquals(List.of("c0", "c1", "a0", "a1", "plain", "a2", "c2"), valuesUntilNow(client));
        assertEquals(11, end(IsolationLevel.READ_UNCOMMITTED), "four markers");
    }

    @Test
    void transactionsThatOverlapAreToldApartOverManyAnswers() throws Exception {
        List<String> all = new ArrayList<>();
        List<String> kept = new ArrayList<>();
        for (int round = 0; round < 40; round++) {
            boolean firstCommits = round % 3 != 0;
            boolean secondCommits = round % 4 == 0;
            first.beginTransaction();
            second.beginTransaction();
            for (int i = 0; i < 5; i++) {
                String of = round + "-" + i;
                send(first, "first-" + of);
                send(second, "second-" + of);
                all.addAll(List.of("first-" + of, "second-" + of));
                if (firstCommits) {
                    kept.add("first-" + of);
                }
                if (secondCommits) {
                    kept.add("second-" + of);
                }
            }
            finish(first, firstCommits);
            finish(second, secondCommits);
        }
        assertEquals(kept, valuesUntilNow(committedOnly));
        assertEquals(all, valuesUntilNow(client));

        Queue<Event<String, String>> handled = new ConcurrentLinkedQueue<>();
        Running running = consume(committedOnly, handled);
        long end = end(IsolationLevel.READ_COMMITTED);
        eventually("all is committed", () -> isCommitted(end));
        get(running.drain(Duration.ofSeconds(20)));
        assertEquals(kept, values(handled));
    }

    @Test
    void nothingBehindAnOpenTransactionIsReadUntilItIsCommitted() throws Exception {
        openTransactionHoldsBackWhatIsBehindIt(true, List.of("before", "open", "behind"));
    }

    @Test
    void nothingBehindAnOpenTransactionIsReadUntilItIsAborted() throws Exception {
        openTransactionHoldsBackWhatIsBehindIt(false, List.of("before", "behind"));
    }

    private void openTransactionHoldsBackWhatIsBehindIt(boolean commit, List<String> atLast) throws Exception {
        inTransaction(second, true, "before");
        first.beginTransaction();
        send(first, "open");
        inTransaction(second, true, "behind");
        Queue<Event<String, String>> handled = new ConcurrentLinkedQueue<>();
        Running running = consume(committedOnly, handled);
        long stable = end(IsolationLevel.READ_COMMITTED);
        assertTrue(stable < end(IsolationLevel.READ_UNCOMMITTED));
        eventually("all before it is committed", () -> isCommitted(stable));
        assertEquals(List.of("before"), valuesUntilNow(committedOnly));
        assertEquals(List.of("before", "open", "behind"), valuesUntilNow(client));
        assertEquals(List.of("before"), values(handled));

        finish(first, commit);
        long end = end(IsolationLevel.READ_UNCOMMITTED);
        eventually("all is committed", () -> isCommitted(end));
        assertEquals(atLast, values(handled));
        get(running.drain(Duration.ofSeconds(20)));
    }

    @Test
    void whatIsAbortedOrAMarkerAtTheEndIsCommittedToAndNoLagStays() throws Exception {
        for (StreamClient reader : List.of(committedOnly, client)) {
            inTransaction(first, true, "c");
            inTransaction(second, false, "a");
            Running running = reader.topic(topicName, Codec.utf8(), Codec.utf8())
                    .source(Group.named(group()))
                    .to(Ack.sink())
                    .run(reader.system());
            long end = end(IsolationLevel.READ_UNCOMMITTED);
            eventually("all is committed", () -> isCommitted(end));
            assertEquals(0, get(running.lag()).records());
            get(running.drain(Duration.ofSeconds(20)));
        }
    }

    @Test
    void aGroupThatSawNothingButAbortedRecordsHasPassedThem() throws Exception {
        for (int i = 0; i < 20; i++) {
            inTransaction(first, false, "a", "b", "c");
        }
        Queue<Event<String, String>> handled = new ConcurrentLinkedQueue<>();
        Running running = consume(committedOnly, handled);
        long end = end(IsolationLevel.READ_COMMITTED);
        assertEquals(20 * 4, end);
        eventually("all is committed", () -> isCommitted(end));
        assertEquals(0, get(running.lag()).records());
        assertEquals(List.of(), values(handled));
        get(running.drain(Duration.ofSeconds(20)));
    }

    @Test
    void whatAnOpenTransactionHoldsBackIsNoLag() throws Exception {
        inTransaction(second, true, "before");
        first.beginTransaction();
        send(first, "open");
        Running running = consume(committedOnly, new ConcurrentLinkedQueue<>());
        long stable = end(IsolationLevel.READ_COMMITTED);
        eventually("all before it is committed", () -> isCommitted(stable));
        // It cannot be read yet.
        assertEquals(0, get(running.lag()).records());
        first.abortTransaction();
        get(running.drain(Duration.ofSeconds(20)));
    }
}
