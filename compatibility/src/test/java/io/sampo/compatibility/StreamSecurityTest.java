package io.sampo.compatibility;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sampo.compatibility.broker.BrokerKind;
import io.sampo.compatibility.broker.BrokerUnderTest;
import io.sampo.compatibility.broker.ChildProcess;
import io.sampo.compatibility.broker.FreePort;
import io.sampo.streams.Codec;
import io.sampo.streams.Group;
import io.sampo.streams.Outgoing;
import io.sampo.streams.Running;
import io.sampo.streams.Span;
import io.sampo.streams.StreamClient;
import io.sampo.streams.Topic;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.SslAuthenticationException;
import org.apache.kafka.common.errors.UnsupportedSaslMechanismException;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Over TLS, and by name and password: the same for Sampo and for Apache Kafka.
@Timeout(120)
abstract class StreamSecurityTest extends StreamClientFixture {
    /// Against a node of Sampo.
    static final class OnSampoTest extends StreamSecurityTest {
        @BeforeAll
        static void start(@TempDir Path directory) throws Exception {
            begin(BrokerKind.SAMPO, directory, settings("", ""));
        }
    }

    /// Against Apache Kafka.
    static final class OnKafkaTest extends StreamSecurityTest {
        @BeforeAll
        static void start(@TempDir Path directory) throws Exception {
            int controllerPort = FreePort.next();
            Map<String, String> settings =
                    settings(",CONTROLLER://127.0.0.1:" + controllerPort, ",CONTROLLER:PLAINTEXT");
            settings.put("controller.quorum.voters", "1@127.0.0.1:" + controllerPort);
            begin(BrokerKind.KAFKA, directory, settings);
        }
    }

    private static final String STORE_PASSWORD = "secret-1";
    private static final String MODULE = "org.apache.kafka.common.security.%s required";
    private static final String PLAIN = MODULE.formatted("plain.PlainLoginModule");
    private static final String SCRAM = MODULE.formatted("scram.ScramLoginModule");
    private static final String USER = " username=\"alice\" password=\"%s\";";
    private static final int RECORDS = 1_000;

    private static int encryptedPort;
    private static int namedPort;
    private static int securedPort;

    @SuppressWarnings("NullAway.Init")
    private static Path keys;

    /// Four listeners: for anybody, with TLS, with SASL, with both.
    private static Map<String, String> settings(String moreListeners, String moreProtocols) {
        encryptedPort = FreePort.next();
        namedPort = FreePort.next();
        securedPort = FreePort.next();
        Map<String, String> settings = new HashMap<>();
        settings.put(
                "listeners",
                "PLAINTEXT://127.0.0.1:%s,ENCRYPTED://127.0.0.1:%d,NAMED://127.0.0.1:%d,SECURED://127.0.0.1:%d"
                                .formatted(BrokerUnderTest.PORT, encryptedPort, namedPort, securedPort)
                        + moreListeners);
        settings.put(
                "listener.security.protocol.map",
                "PLAINTEXT:PLAINTEXT,ENCRYPTED:SSL,NAMED:SASL_PLAINTEXT,SECURED:SASL_SSL" + moreProtocols);
        for (String listener : List.of("encrypted", "secured")) {
            String prefix = "listener.name." + listener + ".ssl.";
            settings.put(prefix + "keystore.type", "PKCS12");
            settings.put(prefix + "keystore.password", STORE_PASSWORD);
            settings.put(prefix + "key.password", STORE_PASSWORD);
        }
        for (String listener : List.of("named", "secured")) {
            String prefix = "listener.name." + listener + ".";
            settings.put(prefix + "sasl.enabled.mechanisms", "PLAIN,SCRAM-SHA-256");
            settings.put(prefix + "plain.sasl.jaas.config", PLAIN + " user_alice=\"plain-secret\";");
            settings.put(prefix + "scram-sha-256.sasl.jaas.config", SCRAM + ";");
        }
        return settings;
    }

    private static void begin(BrokerKind kind, Path directory, Map<String, String> settings) throws Exception {
        keys = makeKeys(directory);
        for (String listener : List.of("encrypted", "secured")) {
            settings.put("listener.name." + listener + ".ssl.keystore.location", keys.toString());
        }
        broker = BrokerUnderTest.start(kind, directory, settings);
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrap()))) {
            admin.alterUserScramCredentials(List.of(new UserScramCredentialUpsertion(
                            "alice", new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, 4096), "scram-secret")))
                    .all()
                    .get();
        }
        eventually("she is known", () -> kafkasOwnClientLogsIn(scram("scram-secret")));
    }

    private static boolean kafkasOwnClientLogsIn(Map<String, Object> settings) {
        try (Admin admin = Admin.create(settings)) {
            return !admin.describeCluster().nodes().get(30, TimeUnit.SECONDS).isEmpty();
        } catch (ExecutionException refused) {
            if (refused.getCause() instanceof AuthenticationException) {
                return false;
            }
            throw new AssertionError(refused);
        } catch (Exception other) {
            throw new AssertionError(other);
        }
    }

    private static Path makeKeys(Path directory) {
        Path store = directory.resolve("keys.p12");
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "broker",
                "-keyalg",
                "EC",
                "-dname",
                "CN=broker",
                "-ext",
                "san=dns:localhost,ip:127.0.0.1",
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass",
                STORE_PASSWORD);
        ChildProcess.Outcome outcome = ChildProcess.run(command, Map.of(), new byte[0], Duration.ofSeconds(60));
        assertEquals(0, outcome.exitCode(), outcome::output);
        return store;
    }

    private static Map<String, Object> sasl(int port, String protocol, String mechanism, String jaas) {
        Map<String, Object> settings = new HashMap<>(encrypted());
        settings.put("bootstrap.servers", "127.0.0.1:" + port);
        settings.put("security.protocol", protocol);
        settings.put("sasl.mechanism", mechanism);
        settings.put("sasl.jaas.config", jaas);
        return settings;
    }

    private static Map<String, Object> encrypted() {
        return Map.of(
                "bootstrap.servers",
                "127.0.0.1:" + encryptedPort,
                "security.protocol",
                "SSL",
                "ssl.truststore.type",
                "PKCS12",
                "ssl.truststore.location",
                keys.toString(),
                "ssl.truststore.password",
                STORE_PASSWORD);
    }

    private static Map<String, Object> scram(String password) {
        return sasl(securedPort, "SASL_SSL", "SCRAM-SHA-256", SCRAM + USER.formatted(password));
    }

    private static Map<String, Object> plain(String password) {
        return sasl(securedPort, "SASL_SSL", "PLAIN", PLAIN + USER.formatted(password));
    }

    private Topic<String, String> topic(StreamClient of) {
        return of.topic(topicName, Codec.utf8(), Codec.utf8());
    }

    private void assertWritesAndReads(Map<String, Object> settings) throws Exception {
        try (StreamClient own = client(settings)) {
            List<Outgoing<String, String>> records = IntStream.range(0, RECORDS)
                    .mapToObj(i -> Outgoing.of("k" + i % 10, Integer.toString(i)))
                    .toList();
            get(Source.from(records).runWith(topic(own).sink(), own.system()));
            ConcurrentLinkedQueue<String> handled = new ConcurrentLinkedQueue<>();
            String group = topicName + "-group";
            Running running =
                    topic(own).consume(Group.named(group)).handle(event -> handled.add(String.valueOf(event.value())));
            eventually("all is committed", () -> committedRecords(group) == RECORDS);
            get(running.drain(Duration.ofSeconds(20)));
            assertEquals(RECORDS, handled.stream().distinct().count());
        }
        // As a client of the open listener sees it.
        assertEquals(RECORDS, readAll(topicName).size());
    }

    @Test
    void overTlsRecordsAreWrittenAndReadByAGroup() throws Exception {
        assertWritesAndReads(encrypted());
    }

    @Test
    void withPlainOverTlsRecordsAreWrittenAndReadByAGroup() throws Exception {
        assertWritesAndReads(plain("plain-secret"));
    }

    @Test
    void withScramOverTlsRecordsAreWrittenAndReadByAGroup() throws Exception {
        assertWritesAndReads(scram("scram-secret"));
    }

    @Test
    void withScramAloneRecordsAreWrittenAndReadByAGroup() throws Exception {
        assertWritesAndReads(
                sasl(namedPort, "SASL_PLAINTEXT", "SCRAM-SHA-256", SCRAM + USER.formatted("scram-secret")));
    }

    private void assertRefused(Map<String, Object> settings, Class<? extends AuthenticationException> why) {
        try (StreamClient own = client(settings)) {
            failure(why, topic(own).send("k", "v"));
            failure(why, topic(own).read(Span.all().untilNow()).runWith(Sink.seq(), own.system()));
            failure(why, own.admin().describeCluster());
            Running running =
                    topic(own).consume(Group.named(topicName + "-group")).handle(_ -> {});
            failure(why, running.completion());
            assertEquals(0, running.restarts().count());
        }
    }

    @Test
    void aWrongPasswordIsToldWhateverIsTriedWithIt() {
        assertRefused(scram("a-guess"), SaslAuthenticationException.class);
        assertRefused(plain("a-guess"), SaslAuthenticationException.class);
    }

    @Test
    void aMechanismThatTheBrokerDoesNotOfferIsTold() {
        assertRefused(
                sasl(securedPort, "SASL_SSL", "SCRAM-SHA-512", SCRAM + USER.formatted("scram-secret")),
                UnsupportedSaslMechanismException.class);
    }

    @Test
    void aBrokerWhoseCertificateNobodyVouchesForIsNotTrusted() {
        assertRefused(
                Map.of("bootstrap.servers", "127.0.0.1:" + encryptedPort, "security.protocol", "SSL"),
                SslAuthenticationException.class);
    }
}
