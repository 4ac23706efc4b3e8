package io.sampo.bench.client;

import java.util.HashMap;
import java.util.Map;

/// The same settings for each client, by Kafka's names. All that matter are said, because defaults differ with
/// versions, but for the sizes of socket buffers, which users leave alone.
final class Settings {
    /// Of records that are written as fast as it goes.
    static final int THROUGHPUT_LINGER_MS = 5;

    /// Of records whose latency is measured.
    static final int LATENCY_LINGER_MS = 0;

    private Settings() {}

    static Map<String, String> producer(String bootstrap, int lingerMs) {
        Map<String, String> settings = new HashMap<>();
        settings.put("bootstrap.servers", bootstrap);
        settings.put("acks", "all");
        settings.put("enable.idempotence", "true");
        settings.put("max.in.flight.requests.per.connection", "5");
        settings.put("linger.ms", Integer.toString(lingerMs));
        settings.put("batch.size", "16384");
        settings.put("buffer.memory", "33554432");
        settings.put("compression.type", "none");
        settings.put("delivery.timeout.ms", "120000");
        settings.put("request.timeout.ms", "30000");
        return settings;
    }

    static Map<String, String> consumer(String bootstrap) {
        Map<String, String> settings = new HashMap<>();
        settings.put("bootstrap.servers", bootstrap);
        settings.put("fetch.min.bytes", "1");
        settings.put("fetch.max.wait.ms", "500");
        settings.put("fetch.max.bytes", "52428800");
        settings.put("max.partition.fetch.bytes", "1048576");
        settings.put("check.crcs", "true");
        return settings;
    }
}
