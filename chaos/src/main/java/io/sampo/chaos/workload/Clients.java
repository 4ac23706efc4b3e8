package io.sampo.chaos.workload;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/// Makes the stock Java clients of a run, with their own defaults but for shorter time limits: a run has no half
/// minute for a client that waits for a paused node.
public record Clients(String bootstrap) {

    /// For things that have to be done.
    public Admin admin() {
        return Admin.create(config(Map.of("request.timeout.ms", "10000", "default.api.timeout.ms", "40000")));
    }

    /// For questions that may be asked again.
    Admin impatientAdmin() {
        return Admin.create(config(Map.of("request.timeout.ms", "1500", "default.api.timeout.ms", "4000")));
    }

    KafkaProducer<byte[], byte[]> producer(String name) {
        Map<String, Object> config = config(Map.of(
                "client.id", name,
                "acks", "all",
                "enable.idempotence", "true",
                "request.timeout.ms", "5000",
                "delivery.timeout.ms", "60000",
                "max.block.ms", "10000",
                "linger.ms", "2",
                "batch.size", "3000"));
        return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    }

    /// Without a group unless the settings name one.
    KafkaConsumer<byte[], byte[]> consumer(Map<String, Object> settings) {
        Map<String, Object> config = config(Map.of(
                "auto.offset.reset", "earliest",
                "enable.auto.commit", "false",
                "request.timeout.ms", "5000",
                "default.api.timeout.ms", "20000",
                "session.timeout.ms", "10000",
                "heartbeat.interval.ms", "2000"));
        config.putAll(settings);
        return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private Map<String, Object> config(Map<String, Object> settings) {
        Map<String, Object> config = new HashMap<>(settings);
        config.put("bootstrap.servers", bootstrap);
        config.put("reconnect.backoff.max.ms", "500");
        return config;
    }
}
