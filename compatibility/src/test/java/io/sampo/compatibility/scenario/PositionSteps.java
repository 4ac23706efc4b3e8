package io.sampo.compatibility.scenario;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.NoOffsetForPartitionException;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/// Where a consumer reads: by time, by committed offset, by reset policy.
final class PositionSteps {
    private static final long BASE_TIMESTAMP_MS = 1_700_000_000_000L;

    private final ScenarioClient client;

    PositionSteps(ScenarioClient client) {
        this.client = client;
    }

    List<Step> steps() {
        return List.of(
                new Step("offsets are found by time, also inside a batch", this::seekByTime),
                new Step("a committed offset and its metadata are resumed from", this::commitAndResume),
                new Step("auto.offset.reset does as it says", this::offsetReset),
                new Step("a consumer at the end gets what is produced next", this::tail));
    }

    private void seekByTime() throws Exception {
        String topic = client.createTopic("by-time", 2, Map.of());
        TopicPartition first = new TopicPartition(topic, 0);
        TopicPartition empty = new TopicPartition(topic, 1);
        produce(topic, 1_000, "gzip");
        try (KafkaConsumer<byte[], byte[]> consumer = client.consumer(Map.of())) {
            consumer.assign(List.of(first));
            for (int i : List.of(0, 1, 333, 500, 998, 999)) {
                OffsetAndTimestamp found = offsetForTime(consumer, first, BASE_TIMESTAMP_MS + 1000L * i - 1);
                Check.equal((long) i, found == null ? null : found.offset(), "offset at or after the time");
                Check.equal(BASE_TIMESTAMP_MS + 1000L * i, found == null ? null : found.timestamp(), "its timestamp");
                consumer.seek(first, i);
                Check.equal(Payload.of(i, 80), pollOne(consumer).value(), "value at the offset that was found");
            }
            Check.equal(null, offsetForTime(consumer, first, BASE_TIMESTAMP_MS + 1_000_000L), "nothing after the end");
            Check.equal(null, offsetForTime(consumer, empty, 0), "nothing in an empty partition");
        }
    }

    private static org.apache.kafka.clients.consumer.@org.jspecify.annotations.Nullable OffsetAndTimestamp
            offsetForTime(KafkaConsumer<byte[], byte[]> consumer, TopicPartition partition, long timestampMs) {
        return consumer.offsetsForTimes(Map.of(partition, timestampMs)).get(partition);
    }

    private void commitAndResume() throws Exception {
        String topic = client.createTopic("resume", 1, Map.of());
        TopicPartition partition = new TopicPartition(topic, 0);
        Map<String, Object> config = Map.of("group.id", ScenarioClient.unique("resume"), "max.poll.records", "100");
        produce(topic, 250, "none");
        try (KafkaConsumer<byte[], byte[]> consumer = client.consumer(config)) {
            consumer.subscribe(List.of(topic));
            Check.equal(100, pollAtLeast(consumer, 100).size(), "records of the first poll");
            consumer.commitSync(Map.of(partition, new OffsetAndMetadata(100, "bis hierher: größe")));
        }
        try (KafkaConsumer<byte[], byte[]> consumer = client.consumer(config)) {
            consumer.subscribe(List.of(topic));
            List<ConsumerRecord<byte[], byte[]>> rest = pollAtLeast(consumer, 150);
            Check.equal(150, rest.size(), "records after the committed offset");
            for (int i = 0; i < 150; i++) {
                Check.equal(100L + i, rest.get(i).offset(), "offset");
                Check.equal(Payload.of(100 + i, 80), rest.get(i).value(), "value");
            }
            OffsetAndMetadata committed =
                    consumer.committed(java.util.Set.of(partition)).get(partition);
            Check.equal(100L, committed == null ? null : committed.offset(), "committed offset");
            Check.equal("bis hierher: größe", committed == null ? null : committed.metadata(), "committed metadata");
            consumer.commitSync();
            OffsetAndMetadata last =
                    consumer.committed(java.util.Set.of(partition)).get(partition);
            Check.equal(250L, last == null ? null : last.offset(), "offset after the last commit");
        }
    }

    private void offsetReset() throws Exception {
        String topic = client.createTopic("reset", 1, Map.of());
        TopicPartition partition = new TopicPartition(topic, 0);
        produce(topic, 10, "none");
        try (KafkaConsumer<byte[], byte[]> consumer = client.consumer(Map.of("auto.offset.reset", "earliest"))) {
            consumer.assign(List.of(partition));
            consumer.seek(partition, 1_000);
            Check.equal(0L, pollOne(consumer).offset(), "earliest after an offset out of range");
        }
        try (KafkaConsumer<byte[], byte[]> consumer = client.consumer(Map.of("auto.offset.reset", "latest"))) {
            consumer.assign(List.of(partition));
            Check.equal(10L, consumer.position(partition), "latest");
        }
        try (KafkaConsumer<byte[], byte[]> consumer =
                client.consumer(Map.of("auto.offset.reset", "none", "group.id", ScenarioClient.unique("reset")))) {
            consumer.assign(List.of(partition));
            Check.that(
                    throwsKind(NoOffsetForPartitionException.class, () -> consumer.position(partition)),
                    "none without a committed offset throws");
            consumer.seek(partition, 1_000);
            Check.that(
                    throwsKind(OffsetOutOfRangeException.class, () -> pollAtLeast(consumer, 1)),
                    "none with an offset out of range throws");
        }
    }

    private void tail() throws Exception {
        String topic = client.createTopic("tail", 1, Map.of());
        TopicPartition partition = new TopicPartition(topic, 0);
        try (KafkaConsumer<byte[], byte[]> consumer = client.consumer(Map.of("fetch.max.wait.ms", "5000"));
                KafkaProducer<byte[], byte[]> producer = client.producer(Map.of("linger.ms", "0"))) {
            consumer.assign(List.of(partition));
            for (int i = 0; i < 20; i++) {
                Check.equal((long) i, consumer.position(partition), "position");
                consumer.poll(Duration.ZERO);
                long startedNanos = System.nanoTime();
                Check.get(producer.send(new ProducerRecord<>(topic, 0, null, Payload.of(i, 80))));
                Check.equal(Payload.of(i, 80), pollOne(consumer).value(), "value at the tail");
                long tookMs = (System.nanoTime() - startedNanos) / 1_000_000;
                Check.that(
                        tookMs < 4_000,
                        "a parked fetch is woken by the record, not by its deadline: " + tookMs + " ms");
            }
        }
    }

    private void produce(String topic, int count, String codec) throws Exception {
        try (KafkaProducer<byte[], byte[]> producer =
                client.producer(Map.of("compression.type", codec, "linger.ms", "20"))) {
            List<java.util.concurrent.Future<?>> sent = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                long timestampMs = BASE_TIMESTAMP_MS + 1000L * i;
                sent.add(producer.send(new ProducerRecord<>(topic, 0, timestampMs, null, Payload.of(i, 80))));
            }
            for (java.util.concurrent.Future<?> one : sent) {
                Check.get(one);
            }
        }
    }

    private static ConsumerRecord<byte[], byte[]> pollOne(KafkaConsumer<byte[], byte[]> consumer) {
        return pollAtLeast(consumer, 1).getFirst();
    }

    private static List<ConsumerRecord<byte[], byte[]>> pollAtLeast(KafkaConsumer<byte[], byte[]> consumer, int count) {
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        long endNanos = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (records.size() < count) {
            Check.that(System.nanoTime() < endNanos, records.size() + " of " + count + " records came in time");
            consumer.poll(Duration.ofMillis(200)).forEach(records::add);
        }
        return records;
    }

    private static boolean throwsKind(Class<? extends Throwable> kind, Step.Body body) throws Exception {
        try {
            body.run();
            return false;
        } catch (Exception e) {
            if (kind.isInstance(e)) {
                return true;
            }
            throw e;
        }
    }
}
