package io.sampo.config;

import static io.sampo.config.Eventually.eventually;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersion;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What a client meets that wants what this node does not give.
@Timeout(120)
class ClientRefusalsTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path directory;

    @Test
    void aTransactionalProducerFailsAtOnceAndIsToldWhy() throws Exception {
        SampoNode node = start(Map.of());
        try (var producer = producer(node, Map.of("transactional.id", "tx", "max.block.ms", 60_000))) {
            long begin = System.nanoTime();
            var refused = assertThrows(KafkaException.class, producer::initTransactions);

            assertTrue(System.nanoTime() - begin < TimeUnit.SECONDS.toNanos(20), "it does not wait for max.block.ms");
            assertTrue(String.valueOf(refused.getMessage()).contains("TRANSACTION"), refused.toString());
        } finally {
            node.stop();
        }
    }

    /// Advertised for older librdkafka, and not served, as by Kafka 4 (KAFKA-18659).
    @ParameterizedTest
    @ValueSource(shorts = {0, 1, 2})
    void produceOfVersionsZeroToTwoIsAdvertisedAndClosesTheConnection(short version) throws Exception {
        SampoNode node = start(Map.of());
        try {
            try (RawConnection connection = new RawConnection(node)) {
                ApiVersion produce = connection.apiVersions().find(ApiKeys.PRODUCE.id);
                assertEquals(0, produce.minVersion());
                assertEquals(ApiKeys.PRODUCE.latestVersion(), produce.maxVersion());
            }
            try (RawConnection connection = new RawConnection(node)) {
                connection.send(emptyProduce(version));
                assertTrue(connection.isClosedByNode());
            }
            produce(node);
        } finally {
            node.stop();
        }
    }

    @Test
    void aClientAboveTheLimitOfTheNodeIsServedOnceThereIsAPlace() throws Exception {
        SampoNode node = start(Map.of("max.connections", "3"));
        List<RawConnection> open = new ArrayList<>();
        try {
            for (int i = 0; i < 3; i++) {
                RawConnection connection = new RawConnection(node);
                open.add(connection);
                connection.apiVersions();
            }
            try (var producer = producer(node, Map.of("max.block.ms", 2000))) {
                var refused = assertThrows(
                        ExecutionException.class,
                        () -> producer.send(new ProducerRecord<>("t", "v")).get());
                assertInstanceOf(TimeoutException.class, refused.getCause());
                open.getFirst().apiVersions();
            }
            for (RawConnection connection : open) {
                connection.close();
            }
            eventually("the places are free", () -> canProduce(node));
        } finally {
            for (RawConnection connection : open) {
                connection.close();
            }
            node.stop();
        }
    }

    private SampoNode start(Map<String, String> settings) throws Exception {
        return SampoNode.start(NodeOptions.read(null, 0, directory.resolve("data"), settings));
    }

    private static KafkaProducer<String, String> producer(SampoNode node, Map<String, Object> settings) {
        Map<String, Object> config = new HashMap<>(settings);
        config.put("bootstrap.servers", node.address());
        return new KafkaProducer<>(config, new StringSerializer(), new StringSerializer());
    }

    private static void produce(SampoNode node) throws Exception {
        try (var producer = producer(node, Map.of("max.block.ms", 20_000))) {
            producer.send(new ProducerRecord<>("t", "v")).get();
        }
    }

    private static boolean canProduce(SampoNode node) {
        try {
            produce(node);
            return true;
        } catch (Exception notYet) {
            return false;
        }
    }

    /// acks 1, a timeout, no topic; by hand, as no client of today writes it.
    private static byte[] emptyProduce(short version) {
        ByteBuffer body = ByteBuffer.allocate(64);
        body.putShort(ApiKeys.PRODUCE.id).putShort(version).putInt(1).putShort((short) -1);
        body.putShort((short) 1).putInt(1000).putInt(0);
        return RawConnection.frame(body.flip());
    }
}
