package io.sampo.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import picocli.CommandLine.Command;

/// `sampo rehearse`: starts a node in a directory that is thrown away, uses it and stops it. The launcher runs it
/// once per build to record which classes a start needs (ahead-of-time cache, JEP 514).
@Command(name = "rehearse", hidden = true, description = "Start, use and stop a node in a temporary directory.")
public final class RehearseCommand implements Callable<Integer> {
    private static final int RECORDS = 2_000;

    @Override
    public Integer call() throws Exception {
        Path directory = Files.createTempDirectory("sampo-rehearsal");
        System.setProperty("sampo.log.dir", directory.resolve("logs").toString());
        try {
            NodeOptions options = NodeOptions.read(null, 0, directory, Map.of());
            SampoNode node = SampoNode.start(options);
            try {
                use(node.address());
            } finally {
                node.stop();
            }
            return 0;
        } finally {
            remove(directory);
        }
    }

    private static void use(String address) throws Exception {
        Map<String, Object> client = Map.of("bootstrap.servers", address);
        try (Admin admin = Admin.create(client)) {
            admin.createTopics(List.of(new NewTopic("rehearsal", Optional.of(3), Optional.empty())))
                    .all()
                    .get();
        }
        try (var producer = new KafkaProducer<>(client, new ByteArraySerializer(), new ByteArraySerializer())) {
            for (int i = 0; i < RECORDS; i++) {
                var _ = producer.send(new ProducerRecord<>("rehearsal", new byte[] {(byte) i}, new byte[100]));
            }
        }
        Map<String, Object> reader =
                Map.of("bootstrap.servers", address, "group.id", "rehearsal", "auto.offset.reset", "earliest");
        try (var consumer = new KafkaConsumer<>(reader, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.subscribe(List.of("rehearsal"));
            int seen = 0;
            for (int i = 0; i < 100 && seen < RECORDS; i++) {
                seen += consumer.poll(Duration.ofMillis(200)).count();
            }
            consumer.commitSync();
        }
    }

    private static void remove(Path directory) throws IOException {
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
