package io.sampo.streams.produce;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.record.internal.CompressionType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProducerSettingsTest {
    @Test
    void namesAndDefaultsAreThoseOfKafkasClient() {
        ConfigDef definition = definition();
        Map<String, Object> kafkas = ProducerConfig.configDef().defaultValues();
        assertEquals(19, definition.names().size());
        definition.defaultValues().forEach((key, value) -> {
            if (!key.equals(ProducerSettings.BACKLOG_BATCH_SIZE)) {
                assertEquals(kafkas.get(key), value, key);
            }
        });
    }

    @Test
    void aBatchBehindABacklogHasRoomForAtLeastBatchSizeAndFitsIntoOneRequestAndIntoMemory() {
        assertEquals(65_536, of(Map.of()).backlogBatchSizeBytes());
        assertEquals(16_384, of(Map.of("sampo.backlog.batch.size", 1)).backlogBatchSizeBytes());
        assertEquals(100_000, of(Map.of("batch.size", 100_000)).backlogBatchSizeBytes());
        assertEquals(40_000, of(Map.of("max.request.size", 40_000)).backlogBatchSizeBytes());
        assertEquals(50_000, of(Map.of("buffer.memory", 50_000)).backlogBatchSizeBytes());
    }

    @Test
    void aKeyOfAnotherLayerStaysAsItIs() {
        ConfigDef definition =
                new ConfigDef().define("request.timeout.ms", ConfigDef.Type.INT, 77, ConfigDef.Importance.LOW, "");
        ProducerSettings.define(definition);
        assertEquals(
                77,
                ProducerSettings.from(new AbstractConfig(definition, Map.of(), false))
                        .requestTimeoutMs());
    }

    @Test
    void byDefaultEachRecordIsWrittenOnce() {
        ProducerSettings settings = of(Map.of());
        assertEquals(-1, settings.acks());
        assertTrue(settings.idempotence());
        assertEquals(5, settings.lingerMs());
        assertEquals(CompressionType.NONE, settings.compression().type());
    }

    @Test
    void acks0IsRefusedWithTheReason() {
        ConfigException refused = assertThrows(ConfigException.class, () -> of(Map.of("acks", "0")));
        assertTrue(String.valueOf(refused.getMessage()).contains("what became of it"), refused.getMessage());
    }

    @Test
    void idempotenceGivesWayUnlessItWasAskedFor() {
        for (Map<String, Object> conflict : java.util.List.<Map<String, Object>>of(
                Map.of("acks", "1"), Map.of("retries", 0), Map.of("max.in.flight.requests.per.connection", 6))) {
            assertFalse(of(conflict).idempotence());
            Map<String, Object> both = new java.util.HashMap<>(conflict);
            both.put("enable.idempotence", true);
            assertThrows(ConfigException.class, () -> of(both));
        }
        assertFalse(of(Map.of("enable.idempotence", false)).idempotence());
    }

    @Test
    void aDeliveryTimeoutLeavesTimeForARequest() {
        assertThrows(ConfigException.class, () -> of(Map.of("delivery.timeout.ms", 30_000)));
        assertEquals(600_005, of(Map.of("request.timeout.ms", 600_000)).deliveryTimeoutMs());
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "gzip", "snappy", "lz4", "zstd"})
    void everyCodecIsKnown(String codec) {
        assertEquals(codec, of(Map.of("compression.type", codec)).compression().type().name);
    }

    @Test
    void aLevelOutsideOfTheCodecsRangeIsRefused() {
        assertThrows(ConfigException.class, () -> of(Map.of("compression.gzip.level", 99)));
    }

    private static ProducerSettings of(Map<String, Object> configured) {
        return ProducerSettings.from(new AbstractConfig(definition(), configured, false));
    }

    private static ConfigDef definition() {
        ConfigDef definition = new ConfigDef();
        ProducerSettings.define(definition);
        return definition;
    }
}
