package io.sampo.config;

import static io.sampo.config.Eventually.eventually;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialDeletion;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Two listeners, one for clients that have to say who they are: docs/operations.md, without the TLS.
@Timeout(120)
class SecuredNodeTest {
    private static final String JAAS = "org.apache.kafka.common.security.%s required";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path directory;

    @ParameterizedTest
    @EnumSource(
            value = ScramMechanism.class,
            names = {"SCRAM_SHA_256", "SCRAM_SHA_512"})
    void aScramUserComesInByThePlainListenerAndSurvivesARestart(ScramMechanism mechanism) throws Exception {
        SampoNode node = start();
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", node.address("INTERNAL")))) {
            assertRefused(node, mechanism, "alice", "alice-secret");
            admin.alterUserScramCredentials(List.of(new UserScramCredentialUpsertion(
                            "alice", new ScramCredentialInfo(mechanism, 4096), "alice-secret")))
                    .all()
                    .get();
            produce(node, mechanism, "alice", "alice-secret");
            assertRefused(node, mechanism, "alice", "a-guess");
            assertRefused(node, mechanism, "bob", "alice-secret");
        } finally {
            node.stop();
        }
        node = start();
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", node.address("INTERNAL")))) {
            produce(node, mechanism, "alice", "alice-secret");
            admin.alterUserScramCredentials(List.of(new UserScramCredentialDeletion("alice", mechanism)))
                    .all()
                    .get();
            SampoNode running = node;
            eventually("alice is forgotten", () -> isRefused(running, mechanism, "alice", "alice-secret"));
        } finally {
            node.stop();
        }
    }

    @Test
    void theFirstListenerIsTheOneThatTheReadyLineNames() throws Exception {
        SampoNode node = start();
        try {
            assertEquals(node.address("INTERNAL"), node.address());
        } finally {
            node.stop();
        }
    }

    private SampoNode start() throws Exception {
        return SampoNode.start(NodeOptions.read(
                null,
                null,
                directory.resolve("data"),
                Map.of(
                        "listeners", "INTERNAL://127.0.0.1:0,EXTERNAL://127.0.0.1:0",
                        "listener.security.protocol.map", "INTERNAL:PLAINTEXT,EXTERNAL:SASL_PLAINTEXT",
                        "listener.name.external.sasl.enabled.mechanisms", "SCRAM-SHA-256,SCRAM-SHA-512",
                        "listener.name.external.scram-sha-256.sasl.jaas.config",
                                JAAS.formatted("scram.ScramLoginModule") + ";",
                        "listener.name.external.scram-sha-512.sasl.jaas.config",
                                JAAS.formatted("scram.ScramLoginModule") + ";")));
    }

    private static void produce(SampoNode node, ScramMechanism mechanism, String user, String password)
            throws Exception {
        try (var producer = producer(node, mechanism, user, password)) {
            producer.send(new ProducerRecord<>("secured", "v")).get(60, TimeUnit.SECONDS);
        }
    }

    private static void assertRefused(SampoNode node, ScramMechanism mechanism, String user, String password) {
        try (var producer = producer(node, mechanism, user, password)) {
            var refused = assertThrows(
                    ExecutionException.class,
                    () -> producer.send(new ProducerRecord<>("secured", "v")).get(60, TimeUnit.SECONDS));
            assertInstanceOf(SaslAuthenticationException.class, refused.getCause());
        }
    }

    private static boolean isRefused(SampoNode node, ScramMechanism mechanism, String user, String password) {
        try {
            produce(node, mechanism, user, password);
            return false;
        } catch (ExecutionException refused) {
            return refused.getCause() instanceof SaslAuthenticationException;
        } catch (Exception other) {
            throw new AssertionError(other);
        }
    }

    private static KafkaProducer<String, String> producer(
            SampoNode node, ScramMechanism mechanism, String user, String password) {
        Map<String, Object> config = new HashMap<>();
        config.put("bootstrap.servers", node.address("EXTERNAL"));
        config.put("security.protocol", "SASL_PLAINTEXT");
        config.put("sasl.mechanism", mechanism.mechanismName());
        config.put(
                "sasl.jaas.config",
                JAAS.formatted("scram.ScramLoginModule") + " username=\"" + user + "\" password=\"" + password + "\";");
        return new KafkaProducer<>(config, new StringSerializer(), new StringSerializer());
    }
}
