package io.sampo.bench.client;

import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/// Kafka's own client: a producer with callbacks, a consumer that is polled.
final class KafkaClients implements ClientUnderTest {
    private static final Duration POLL = Duration.ofMillis(100);

    private final String bootstrap;

    KafkaClients(String bootstrap) {
        this.bootstrap = bootstrap;
    }

    private KafkaProducer<byte[], byte[]> producer(Work work, int lingerMs) {
        KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                new HashMap<>(Settings.producer(bootstrap, lingerMs)),
                new ByteArraySerializer(),
                new ByteArraySerializer());
        producer.partitionsFor(work.topic());
        return producer;
    }

    private KafkaConsumer<byte[], byte[]> consumer() {
        Map<String, Object> settings = new HashMap<>(Settings.consumer(bootstrap));
        settings.put("enable.auto.commit", "false");
        return new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    static List<TopicPartition> partitions(Work work) {
        return IntStream.range(0, work.partitions())
                .mapToObj(index -> new TopicPartition(work.topic(), index))
                .toList();
    }

    static ProducerRecord<byte[], byte[]> record(Work work, Written written) {
        return new ProducerRecord<>(work.topic(), written.partition(), null, written.value());
    }

    @Override
    public Writing writing(Work work) {
        KafkaProducer<byte[], byte[]> producer = producer(work, Settings.THROUGHPUT_LINGER_MS);
        AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
        return new Writing() {
            @Override
            public void run(Iterator<Written> records) throws Exception {
                while (records.hasNext()) {
                    var _ = producer.send(record(work, records.next()), (_, problem) -> {
                        if (problem != null) {
                            failure.compareAndSet(null, problem);
                        }
                    });
                }
                producer.flush();
                Exception failed = failure.get();
                if (failed != null) {
                    throw failed;
                }
            }

            @Override
            public void close() {
                producer.close();
            }
        };
    }

    @Override
    public void read(Work work, Predicate<byte[]> more) {
        try (KafkaConsumer<byte[], byte[]> consumer = consumer()) {
            consumer.assign(partitions(work));
            consumer.seekToBeginning(partitions(work));
            while (true) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                    if (!more.test(record.value())) {
                        return;
                    }
                }
            }
        }
    }

    @Override
    public Sender sender(Work work) {
        KafkaProducer<byte[], byte[]> producer = producer(work, Settings.LATENCY_LINGER_MS);
        return new Sender() {
            @Override
            public CompletionStage<?> send(Written written) {
                CompletableFuture<RecordMetadata> outcome = new CompletableFuture<>();
                var _ = producer.send(record(work, written), (metadata, problem) -> {
                    if (problem == null) {
                        outcome.complete(metadata);
                    } else {
                        outcome.completeExceptionally(problem);
                    }
                });
                return outcome;
            }

            @Override
            public void close() {
                producer.close();
            }
        };
    }

    @Override
    public Tail tail(Work work, Consumer<byte[]> values) {
        AtomicBoolean stop = new AtomicBoolean();
        KafkaConsumer<byte[], byte[]> consumer = consumer();
        consumer.assign(partitions(work));
        consumer.seekToEnd(partitions(work));
        Thread reader = Thread.ofPlatform().name("tail").daemon().start(() -> {
            while (!stop.get()) {
                consumer.poll(POLL).forEach(record -> values.accept(record.value()));
            }
            consumer.close();
        });
        return () -> {
            stop.set(true);
            try {
                reader.join();
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        };
    }

    @Override
    public void close() {
        // each work closes its own
    }
}
