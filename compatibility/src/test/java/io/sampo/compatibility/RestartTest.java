package io.sampo.compatibility;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.compatibility.broker.BrokerKind;
import io.sampo.compatibility.broker.BrokerUnderTest;
import io.sampo.compatibility.scenario.Check;
import io.sampo.compatibility.scenario.Payload;
import io.sampo.compatibility.scenario.ScenarioClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What a broker still knows after kill -9 and after an ordinary end: every acknowledged record exactly once and in
/// order.
///
/// `-Dsampo.kills=20` is the full run; the build makes fewer.
@Timeout(value = 20, unit = TimeUnit.MINUTES)
final class RestartTest {
    private static final int MEBIBYTE = 1024 * 1024;

    @Test
    void everyAcknowledgedRecordIsThereExactlyOnceAfterKillsUnderLoad(@TempDir Path dir) throws Exception {
        int kills = Integer.getInteger("sampo.kills", 3);
        try (BrokerUnderTest broker = BrokerUnderTest.start(dir, Map.of())) {
            ScenarioClient client = new ScenarioClient(broker.bootstrap());
            String topic = client.createTopic("killed", SequenceLoad.PARTITIONS, Map.of());
            List<Long> startMs = new ArrayList<>();
            SequenceLoad.Result result;
            try (SequenceLoad load = new SequenceLoad(client, topic)) {
                for (int kill = 0; kill < kills; kill++) {
                    load.awaitMore(500);
                    broker.killAbruptly();
                    startMs.add(broker.start());
                }
                load.awaitMore(500);
                result = load.finish();
            }
            System.out.println("RestartTest: " + kills + " kills, " + result.acknowledged()
                    + " records acknowledged, milliseconds from start to serving " + startMs);
            result.check(client.readWhole(topic, SequenceLoad.PARTITIONS));
        }
    }

    @Test
    void topicsConfigsOffsetsAndRecordsOutliveAnOrdinaryEndAndAKill(@TempDir Path dir) throws Exception {
        try (BrokerUnderTest broker = BrokerUnderTest.start(dir, Map.of())) {
            ScenarioClient client = new ScenarioClient(broker.bootstrap());
            String topic = client.createTopic("kept", 3, Map.of("retention.ms", "86400001"));
            String groupId = ScenarioClient.unique("kept");
            TopicPartition partition = new TopicPartition(topic, 1);
            produce(client, topic, 0, 100);
            try (KafkaConsumer<byte[], byte[]> consumer = client.consumer(Map.of("group.id", groupId))) {
                consumer.assign(List.of(partition));
                consumer.commitSync(Map.of(partition, new OffsetAndMetadata(42, "here")));
            }

            assertEquals(0, endAsAsked(broker), broker::output);
            assertEquals(List.of(), complaints(broker), "what the broker said beside that it is ready");
            broker.start();
            checkKept(client, topic, groupId, partition, 100);
            produce(client, topic, 100, 50);

            broker.killAbruptly();
            broker.start();
            checkKept(client, topic, groupId, partition, 150);
        }
    }

    @Test
    @Tag("long")
    void serves3SecondsAfterAKillWithOneGibibyteOfLog(@TempDir Path dir) throws Exception {
        try (BrokerUnderTest broker = BrokerUnderTest.start(dir, Map.of())) {
            ScenarioClient client = new ScenarioClient(broker.bootstrap());
            String topic = client.createTopic("gibibyte", 4, Map.of("max.message.bytes", "" + 2 * MEBIBYTE));
            fill(client, topic, 1024);
            List<Long> startMs = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                broker.killAbruptly();
                startMs.add(broker.start());
            }
            System.out.println("RestartTest: milliseconds from start to serving with 1 GiB of log " + startMs);
            List<List<ConsumerRecord<byte[], byte[]>>> read = readSizes(client, topic);
            assertEquals(1024, read.stream().mapToInt(List::size).sum());
            assertTrue(startMs.stream().allMatch(ms -> ms <= 3_000), startMs::toString);
        }
    }

    /// Kafka ends a JVM that was asked to with 143, Sampo with 0 as its contract says.
    private static int endAsAsked(BrokerUnderTest broker) {
        int exitCode = broker.stopGracefully();
        return exitCode == 143 && broker.kind() == BrokerKind.KAFKA ? 0 : exitCode;
    }

    /// All but the ready line, and what the launcher says when it has been built since its last start.
    private static List<String> complaints(BrokerUnderTest broker) {
        return broker.kind() == BrokerKind.KAFKA
                ? List.of()
                : broker.output()
                        .lines()
                        .filter(line -> !line.startsWith("Sampo is ready on "))
                        .filter(line -> !line.equals("Preparing fast starts (once per build)"))
                        .toList();
    }

    private static void checkKept(
            ScenarioClient client, String topic, String groupId, TopicPartition partition, int count) {
        List<ConsumerRecord<byte[], byte[]>> records =
                client.readWhole(topic, 3).get(1);
        assertEquals(count, records.size());
        for (int i = 0; i < count; i++) {
            Check.equal(Payload.of(i, 100), records.get(i).value(), "value of record " + i);
        }
        try (KafkaConsumer<byte[], byte[]> consumer = client.consumer(Map.of("group.id", groupId))) {
            OffsetAndMetadata committed = Check.at(consumer.committed(Set.of(partition)), partition);
            assertEquals(42, committed.offset());
            assertEquals("here", committed.metadata());
        }
    }

    private static void produce(ScenarioClient client, String topic, int first, int count) throws Exception {
        try (KafkaProducer<byte[], byte[]> producer = client.producer(Map.of())) {
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            for (int i = first; i < first + count; i++) {
                sent.add(producer.send(new ProducerRecord<>(topic, 1, null, Payload.of(i, 100))));
            }
            for (Future<RecordMetadata> one : sent) {
                Check.get(one);
            }
        }
    }

    private static void fill(ScenarioClient client, String topic, int mebibytes) throws Exception {
        try (KafkaProducer<byte[], byte[]> producer = client.producer(Map.of("max.request.size", 2 * MEBIBYTE))) {
            for (int i = 0; i < mebibytes; i++) {
                Check.get(producer.send(new ProducerRecord<>(topic, i % 4, null, Payload.of(i, MEBIBYTE - 200))));
            }
        }
    }

    /// Reads all without keeping a gibibyte: values are dropped as they come.
    private static List<List<ConsumerRecord<byte[], byte[]>>> readSizes(ScenarioClient client, String topic) {
        List<TopicPartition> partitions = ScenarioClient.partitions(topic, 4);
        List<List<ConsumerRecord<byte[], byte[]>>> read = new ArrayList<>();
        partitions.forEach(partition -> read.add(new ArrayList<>()));
        try (KafkaConsumer<byte[], byte[]> consumer = client.consumer(Map.of("max.poll.records", "16"))) {
            consumer.assign(partitions);
            Check.eventually(Duration.ofMinutes(2), "the whole log is read", () -> {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
                    assertEquals(read.get(record.partition()).size(), record.offset());
                    read.get(record.partition())
                            .add(new ConsumerRecord<>(topic, record.partition(), record.offset(), null, null));
                }
                return read.stream().mapToInt(List::size).sum() == 1024;
            });
        }
        return read;
    }
}
