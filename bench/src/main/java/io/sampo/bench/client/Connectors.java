package io.sampo.bench.client;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.actor.ClassicActorSystemProvider;
import org.apache.pekko.kafka.ConsumerSettings;
import org.apache.pekko.kafka.ProducerSettings;
import org.apache.pekko.kafka.Subscriptions;
import org.apache.pekko.kafka.javadsl.Producer;
import org.apache.pekko.kafka.javadsl.SendProducer;
import org.apache.pekko.stream.KillSwitches;
import org.apache.pekko.stream.UniqueKillSwitch;
import org.apache.pekko.stream.javadsl.Keep;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;

/// Pekko Connectors Kafka: its sink and source, `SendProducer` for one record at a time. It runs on a class
/// path of its own (bench/connectors/pom.xml) with the version of kafka-clients that it was released with.
final class Connectors implements ClientUnderTest {
    private final String bootstrap;
    private final ActorSystem system = ActorSystem.create("connectors");

    Connectors(String bootstrap) {
        this.bootstrap = bootstrap;
    }

    private ProducerSettings<byte[], byte[]> producer(int lingerMs) {
        return ProducerSettings.create(system, new ByteArraySerializer(), new ByteArraySerializer())
                .withProperties(Settings.producer(bootstrap, lingerMs));
    }

    private ConsumerSettings<byte[], byte[]> consumer(String reset) {
        Map<String, String> settings = new HashMap<>(Settings.consumer(bootstrap));
        settings.put("auto.offset.reset", reset);
        return ConsumerSettings.create(system, new ByteArrayDeserializer(), new ByteArrayDeserializer())
                .withProperties(settings);
    }

    @Override
    public Writing writing(Work work) {
        ProducerSettings<byte[], byte[]> settings = producer(Settings.THROUGHPUT_LINGER_MS);
        var shared = settings.createKafkaProducer();
        shared.partitionsFor(work.topic());
        return new Writing() {
            @Override
            public void run(Iterator<Written> records) throws Exception {
                Source.fromIterator(() -> records)
                        .map(written -> KafkaClients.record(work, written))
                        .runWith(Producer.plainSink(settings.withProducer(shared)), system)
                        .toCompletableFuture()
                        .get();
            }

            @Override
            public void close() {
                shared.close();
            }
        };
    }

    @Override
    public void read(Work work, Predicate<byte[]> more) throws Exception {
        Map<TopicPartition, Long> beginning =
                KafkaClients.partitions(work).stream().collect(Collectors.toMap(each -> each, _ -> 0L));
        org.apache.pekko.kafka.javadsl.Consumer.plainSource(
                        consumer("earliest"), Subscriptions.assignmentWithOffset(beginning))
                .takeWhile(record -> more.test(record.value()))
                .runWith(Sink.ignore(), system)
                .toCompletableFuture()
                .get();
    }

    @Override
    public Sender sender(Work work) {
        SendProducer<byte[], byte[]> producer =
                new SendProducer<>(producer(Settings.LATENCY_LINGER_MS), (ClassicActorSystemProvider) system);
        return new Sender() {
            @Override
            public CompletionStage<?> send(Written written) {
                return producer.send(KafkaClients.record(work, written));
            }

            @Override
            public void close() {
                producer.close().toCompletableFuture().join();
            }
        };
    }

    @Override
    public Tail tail(Work work, Consumer<byte[]> values) {
        var running = org.apache.pekko.kafka.javadsl.Consumer.plainSource(
                        consumer("latest"), Subscriptions.assignment(new HashSet<>(KafkaClients.partitions(work))))
                .viaMat(KillSwitches.single(), Keep.right())
                .toMat(Sink.foreach(record -> values.accept(record.value())), Keep.both())
                .run(system);
        UniqueKillSwitch end = running.first();
        return () -> {
            end.shutdown();
            running.second().toCompletableFuture().join();
        };
    }

    @Override
    public void close() {
        system.terminate();
    }
}
