package io.sampo.streams;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.Test;

class ClientConfigTest {
    private static final Map<String, String> LOCAL = Map.of("bootstrap.servers", "localhost:9092");

    @Test
    void kafkasNamesReachThePartThatTheyAreFor() {
        ClientConfig config = ClientConfig.of(Map.of(
                "bootstrap.servers", "localhost:9092",
                "linger.ms", 20,
                "isolation.level", "read_committed",
                "session.timeout.ms", "7000",
                "auto.commit.interval.ms", "50"));
        assertEquals(20, config.producer().lingerMs());
        assertEquals(50, config.groupReading().commitIntervalMs());
        assertEquals(7_000, config.group(Group.named("g")).times().sessionTimeoutMs());
    }

    @Test
    void aGroupSaysItsNameItsInstanceAndWhereItBegins() {
        ClientConfig config = ClientConfig.of(LOCAL);
        assertEquals("billing", config.group(Group.named("billing")).groupId());
        assertEquals(
                Optional.of("one"),
                config.group(Group.named("billing").as("one")).groupInstanceId());
    }

    @Test
    void wrongValuesAreRefusedAtOnce() {
        for (Map.Entry<String, String> wrong : Map.of(
                        "linger.ms", "-1",
                        "acks", "0",
                        "isolation.level", "sometimes",
                        "heartbeat.interval.ms", "60000",
                        "transactional.id", "billing-1",
                        "auto.commit.interval.ms", "0")
                .entrySet()) {
            assertThrows(
                    ConfigException.class,
                    () -> ClientConfig.of(
                            Map.of("bootstrap.servers", "localhost:9092", wrong.getKey(), wrong.getValue())),
                    wrong.toString());
        }
        assertThrows(ConfigException.class, () -> ClientConfig.of(Map.of()));
    }

    @Test
    void whatHasAnotherPlaceHereIsNotASetting() {
        Set<String> names = ClientConfig.names();
        assertTrue(names.contains("fetch.min.bytes"));
        assertTrue(names.contains("sampo.max.unacknowledged"));
        assertFalse(names.contains("group.id"));
        assertFalse(names.contains("auto.offset.reset"));
    }
}
