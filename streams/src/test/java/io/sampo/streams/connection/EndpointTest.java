package io.sampo.streams.connection;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.Test;

class EndpointTest {

    @Test
    void namesAndAddressesInTheirOrder() {
        assertEquals(
                List.of(new Endpoint("b.example", 9092), new Endpoint("10.0.0.1", 1), new Endpoint("::1", 9093)),
                Endpoint.parse(List.of(" b.example:9092", "10.0.0.1:1", "", "[::1]:9093")));
    }

    @Test
    void whatCannotBeAnAddressIsRefused() {
        for (String wrong : List.of("host", "host:", ":9092", "host:0", "host:65536", "host:ninety", "")) {
            assertThrows(ConfigException.class, () -> Endpoint.parse(List.of(wrong)), wrong);
        }
    }
}
