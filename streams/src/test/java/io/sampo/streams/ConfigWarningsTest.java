package io.sampo.streams;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigWarningsTest {

    @Test
    void theDefaultsAndWhatIsOnlyAnotherChoiceNeedNoWarning() {
        assertEquals(List.of(), warnings(Map.of()));
        assertEquals(
                List.of(),
                warnings(Map.of(
                        "acks", "all",
                        "linger.ms", 20,
                        "enable.idempotence", true,
                        "check.crcs", "true",
                        "security.protocol", "SASL_SSL",
                        "sasl.mechanism", "PLAIN",
                        "ssl.truststore.location", "/trust.p12",
                        "ssl.endpoint.identification.algorithm", "https")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "linger.msec | 5 | linger.msec is not a setting of this client, and is ignored",
                "group.id | billing | group.id is ignored: Group.named says it",
                "ssl.trustore.location | /t | ssl.trustore.location is not a setting of Kafka's clients",
                "sasl.jaas.conf | x | sasl.jaas.conf is not a setting of Kafka's clients",
                "check.crcs | False | check.crcs=false: records that were damaged",
                "security.protocol | SASL_PLAINTEXT | security.protocol=SASL_PLAINTEXT: whoever sees the network",
                "ssl.endpoint.identification.algorithm | '' | ssl.endpoint.identification.algorithm is empty",
                "enable.idempotence | false | without idempotence a record that is sent again",
                "retries | 0 | without idempotence (by acks, retries or",
                "max.in.flight.requests.per.connection | 6 | without idempotence (by acks, retries or"
            })
    void whatGivesUpSomethingIsExplained(String name, String value, String begin) {
        List<String> warnings = warnings(Map.of(name, value));
        assertEquals(1, warnings.size(), warnings.toString());
        assertTrue(warnings.getFirst().startsWith(begin), warnings.toString());
    }

    @Test
    void acknowledgementByTheLeaderAloneGivesUpTwoThings() {
        List<String> warnings = warnings(Map.of("acks", "1"));
        assertEquals(2, warnings.size(), warnings.toString());
        assertTrue(warnings.getFirst().startsWith("acks=1: a record that is acknowledged is lost"));
        assertTrue(warnings.getLast().endsWith("records of a partition may change their order"));
    }

    @Test
    void oneRequestAtATimeKeepsTheOrder() {
        List<String> warnings =
                warnings(Map.of("enable.idempotence", false, "max.in.flight.requests.per.connection", 1));
        assertTrue(warnings.getFirst().endsWith("may be written twice"), warnings.toString());
    }

    private static List<String> warnings(Map<String, ?> settings) {
        Map<String, Object> all = new HashMap<>(settings);
        all.put("bootstrap.servers", "localhost:9092");
        ClientConfig config = ClientConfig.of(all);
        return ConfigWarnings.of(all, ClientConfig.names(), config.producer());
    }
}
