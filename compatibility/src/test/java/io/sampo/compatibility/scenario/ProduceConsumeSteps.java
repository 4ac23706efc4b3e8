package io.sampo.compatibility.scenario;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;

/// Bytes in, the same bytes out: codecs, headers, nulls, sizes, many partitions, idempotence.
final class ProduceConsumeSteps {
    private static final int CODEC_RECORDS = 2_000;
    private static final int MEBIBYTE = 1024 * 1024;
    private static final long BASE_TIMESTAMP_MS = 1_700_000_000_000L;

    private final ScenarioClient client;

    ProduceConsumeSteps(ScenarioClient client) {
        this.client = client;
    }

    List<Step> steps() {
        List<Step> steps = new ArrayList<>();
        for (String codec : List.of("none", "gzip", "snappy", "lz4", "zstd")) {
            steps.add(new Step("codec " + codec + " keeps every byte and the order", () -> codecKeepsBytes(codec)));
        }
        steps.add(new Step("the topic's compression.type is applied by the broker", this::brokerRecompresses));
        steps.add(new Step("headers and null keys and values come back as sent", this::headersAndNulls));
        steps.add(new Step("records of 1 MiB come back as sent", this::largeRecords));
        steps.add(new Step("a record above max.message.bytes is refused and the next one is taken", this::tooLarge));
        steps.add(new Step("100 partitions take and give records in order", this::hundredPartitions));
        steps.add(new Step("an idempotent producer with 5 requests in flight keeps the order", this::idempotent));
        steps.add(new Step("acks 0 and 1 arrive", this::weakAcks));
        steps.add(new Step("log append time is the broker's", this::logAppendTime));
        return steps;
    }

    private void codecKeepsBytes(String codec) throws Exception {
        String topic = client.createTopic("codec-" + codec, 1, Map.of());
        try (KafkaProducer<byte[], byte[]> producer =
                client.producer(Map.of("compression.type", codec, "linger.ms", "5", "batch.size", "8192"))) {
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            for (int i = 0; i < CODEC_RECORDS; i++) {
                sent.add(producer.send(record(topic, i)));
            }
            for (int i = 0; i < CODEC_RECORDS; i++) {
                Check.equal((long) i, Check.get(sent.get(i)).offset(), "acknowledged offset of record " + i);
            }
        }
        checkRecords(client.readAll(topic, 1), CODEC_RECORDS);
    }

    private void brokerRecompresses() throws Exception {
        String topic = client.createTopic("recompressed", 1, Map.of("compression.type", "gzip"));
        try (KafkaProducer<byte[], byte[]> producer =
                client.producer(Map.of("compression.type", "lz4", "linger.ms", "5"))) {
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                sent.add(producer.send(record(topic, i)));
            }
            for (int i = 0; i < 300; i++) {
                Check.equal((long) i, Check.get(sent.get(i)).offset(), "acknowledged offset of record " + i);
            }
        }
        checkRecords(client.readAll(topic, 1), 300);
    }

    private static ProducerRecord<byte[], byte[]> record(String topic, int i) {
        Header header = new RecordHeader("number", Payload.bytes("" + i));
        return new ProducerRecord<>(
                topic, 0, BASE_TIMESTAMP_MS + i, Payload.bytes("key-" + i), Payload.of(i, i % 700), List.of(header));
    }

    private static void checkRecords(List<ConsumerRecord<byte[], byte[]>> records, int expected) {
        Check.equal(expected, records.size(), "number of records");
        for (int i = 0; i < expected; i++) {
            ConsumerRecord<byte[], byte[]> record = records.get(i);
            Check.equal("key-" + i, Payload.text(record.key()), "key of record " + i);
            Check.equal(Payload.of(i, i % 700), record.value(), "value of record " + i);
            Check.equal(BASE_TIMESTAMP_MS + i, record.timestamp(), "timestamp of record " + i);
            Check.equal(
                    "" + i, Payload.text(record.headers().lastHeader("number").value()), "header of record " + i);
        }
    }

    private void headersAndNulls() throws Exception {
        String topic = client.createTopic("nulls", 1, Map.of());
        List<Header> headers = List.of(
                new RecordHeader("twice", Payload.bytes("first")),
                new RecordHeader("empty", new byte[0]),
                new RecordHeader("null", (byte[]) null),
                new RecordHeader("twice", Payload.bytes("second")),
                new RecordHeader("größe", Payload.of(7, 300)));
        try (KafkaProducer<byte[], byte[]> producer = client.producer(Map.of())) {
            Check.get(producer.send(new ProducerRecord<>(topic, 0, (byte[]) null, Payload.bytes("v"), headers)));
            Check.get(producer.send(new ProducerRecord<>(topic, 0, Payload.bytes("k"), null, List.of())));
            Check.get(producer.send(new ProducerRecord<>(topic, 0, (byte[]) null, null, headers)));
            Check.get(producer.send(new ProducerRecord<>(topic, 0, new byte[0], new byte[0], List.of())));
        }
        List<ConsumerRecord<byte[], byte[]>> records = client.readAll(topic, 1);
        Check.equal(4, records.size(), "number of records");
        Check.equal(null, records.get(0).key(), "a null key");
        Check.equal("v", Payload.text(records.get(0).value()), "value");
        Check.equal(headers, List.of(records.get(0).headers().toArray()), "headers");
        Check.equal("k", Payload.text(records.get(1).key()), "key");
        Check.equal(null, records.get(1).value(), "a null value");
        Check.equal(0, records.get(1).headers().toArray().length, "headers");
        Check.equal(null, records.get(2).key(), "a null key");
        Check.equal(null, records.get(2).value(), "a null value");
        Check.equal(headers, List.of(records.get(2).headers().toArray()), "headers");
        Check.equal(0, records.get(3).key().length, "an empty key");
        Check.equal(0, records.get(3).value().length, "an empty value");
    }

    private void largeRecords() throws Exception {
        String topic = client.createTopic("large", 1, Map.of("max.message.bytes", "" + 2 * MEBIBYTE));
        for (String codec : List.of("none", "zstd")) {
            try (KafkaProducer<byte[], byte[]> producer =
                    client.producer(Map.of("max.request.size", 2 * MEBIBYTE, "compression.type", codec))) {
                for (int i = 0; i < 6; i++) {
                    Check.get(producer.send(new ProducerRecord<>(topic, 0, null, Payload.of(i, MEBIBYTE))));
                }
            }
        }
        List<ConsumerRecord<byte[], byte[]>> records = client.readAll(topic, 1);
        Check.equal(12, records.size(), "number of records");
        for (int i = 0; i < 12; i++) {
            Check.equal(Payload.of(i % 6, MEBIBYTE), records.get(i).value(), "value of record " + i);
        }
    }

    private void tooLarge() throws Exception {
        String topic = client.createTopic("too-large", 1, Map.of("max.message.bytes", "10000"));
        try (KafkaProducer<byte[], byte[]> producer = client.producer(Map.of("max.request.size", 2 * MEBIBYTE))) {
            Check.get(producer.send(new ProducerRecord<>(topic, 0, null, Payload.of(1, 9_000))));
            Check.fails(
                    RecordTooLargeException.class,
                    producer.send(new ProducerRecord<>(topic, 0, null, Payload.of(2, 11_000))));
            Check.get(producer.send(new ProducerRecord<>(topic, 0, null, Payload.of(3, 9_000))));
        }
        List<ConsumerRecord<byte[], byte[]>> records = client.readAll(topic, 1);
        Check.equal(2, records.size(), "number of records");
        Check.equal(Payload.of(3, 9_000), records.get(1).value(), "the record after the refused one");
    }

    private void hundredPartitions() throws Exception {
        int each = 50;
        String topic = client.createTopic("hundred", 100, Map.of());
        client.awaitLeaders(topic, 100);
        try (KafkaProducer<byte[], byte[]> producer = client.producer(Map.of("linger.ms", "5"))) {
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            for (int i = 0; i < each * 100; i++) {
                sent.add(producer.send(new ProducerRecord<>(topic, i % 100, null, Payload.of(i, 100))));
            }
            for (Future<RecordMetadata> one : sent) {
                Check.get(one);
            }
        }
        List<List<ConsumerRecord<byte[], byte[]>>> read = client.readWhole(topic, 100);
        for (int partition = 0; partition < 100; partition++) {
            Check.equal(each, read.get(partition).size(), "records of partition " + partition);
            for (int i = 0; i < each; i++) {
                byte[] value = read.get(partition).get(i).value();
                Check.equal(Payload.of(i * 100L + partition, 100), value, "record " + i + " of partition " + partition);
            }
        }
    }

    private void idempotent() throws Exception {
        int count = 5_000;
        String topic = client.createTopic("idempotent", 1, Map.of());
        try (KafkaProducer<byte[], byte[]> producer = client.producer(Map.of(
                "enable.idempotence", "true",
                "max.in.flight.requests.per.connection", "5",
                "batch.size", "300",
                "linger.ms", "0"))) {
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                sent.add(producer.send(new ProducerRecord<>(topic, 0, null, Payload.of(i, 60))));
            }
            for (int i = 0; i < count; i++) {
                Check.equal((long) i, Check.get(sent.get(i)).offset(), "acknowledged offset of record " + i);
            }
        }
        List<ConsumerRecord<byte[], byte[]>> records = client.readAll(topic, 1);
        Check.equal(count, records.size(), "number of records");
        for (int i = 0; i < count; i++) {
            Check.equal(Payload.of(i, 60), records.get(i).value(), "value of record " + i);
        }
    }

    private void weakAcks() throws Exception {
        String topic = client.createTopic("acks", 1, Map.of());
        for (String acks : List.of("0", "1")) {
            Map<String, Object> config = Map.of("acks", acks, "enable.idempotence", "false");
            try (KafkaProducer<byte[], byte[]> producer = client.producer(config)) {
                for (int i = 0; i < 100; i++) {
                    RecordMetadata metadata =
                            Check.get(producer.send(new ProducerRecord<>(topic, 0, null, Payload.of(i, 50))));
                    Check.equal(acks.equals("1"), metadata.hasOffset(), "acks=" + acks + " tells the offset");
                }
            }
            int expected = acks.equals("0") ? 100 : 200;
            Check.eventually(
                    Duration.ofSeconds(10),
                    "all records with acks=" + acks,
                    () -> client.readAll(topic, 1).size() == expected);
        }
        List<ConsumerRecord<byte[], byte[]>> records = client.readAll(topic, 1);
        for (int i = 0; i < 200; i++) {
            Check.equal(Payload.of(i % 100, 50), records.get(i).value(), "value of record " + i);
        }
    }

    private void logAppendTime() throws Exception {
        String topic = client.createTopic("append-time", 1, Map.of("message.timestamp.type", "LogAppendTime"));
        long beforeMs = System.currentTimeMillis();
        try (KafkaProducer<byte[], byte[]> producer = client.producer(Map.of())) {
            RecordMetadata metadata =
                    Check.get(producer.send(new ProducerRecord<>(topic, 0, 1_000L, null, Payload.bytes("v"))));
            Check.that(metadata.timestamp() >= beforeMs, "the acknowledged timestamp is the broker's");
        }
        ConsumerRecord<byte[], byte[]> record = client.readAll(topic, 1).getFirst();
        Check.that(record.timestamp() >= beforeMs, "the record's timestamp is the broker's");
        Check.equal("LogAppendTime", record.timestampType().toString(), "timestamp type");
    }
}
