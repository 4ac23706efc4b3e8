package io.sampo.tcp.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.api.ScramCredentials;
import io.sampo.tcp.TestBroker;
import io.sampo.tcp.WireClient;
import io.sampo.tcp.connection.SocketSettings;
import io.sampo.tcp.server.ListenerSettings;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.SslAuthenticationException;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ListGroupsResponseData;
import org.apache.kafka.common.message.SaslAuthenticateRequestData;
import org.apache.kafka.common.message.SaslHandshakeRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ListGroupsRequest;
import org.apache.kafka.common.requests.ListGroupsResponse;
import org.apache.kafka.common.requests.SaslAuthenticateRequest;
import org.apache.kafka.common.requests.SaslAuthenticateResponse;
import org.apache.kafka.common.requests.SaslHandshakeRequest;
import org.apache.kafka.common.requests.SaslHandshakeResponse;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.apache.kafka.common.security.scram.ScramCredential;
import org.apache.kafka.common.security.scram.internals.ScramFormatter;
import org.apache.kafka.common.security.scram.internals.ScramMechanism;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SecurityTest {

    private static final String PLAIN_USERS = "org.apache.kafka.common.security.plain.PlainLoginModule required "
            + "user_alice=\"alice-secret\" user_bob=\"bob-secret\";";

    private final AtomicReference<KafkaPrincipal> seen = new AtomicReference<>();

    private TestBroker broker(SecurityProtocol protocol, Map<String, String> configs, ScramCredentials scram)
            throws Exception {
        return new TestBroker(
                SocketSettings.defaults(),
                new ListenerSettings("OUTSIDE", protocol, "127.0.0.1", 0, configs),
                builder -> builder.serve(ApiKeys.LIST_GROUPS, request -> {
                    seen.set(request.origin().principal());
                    request.respond(new ListGroupsResponse(new ListGroupsResponseData()));
                }),
                scram);
    }

    private static Admin admin(TestBroker broker, String protocol, Map<String, String> configs) {
        Map<String, Object> all = new HashMap<>(configs);
        all.put("bootstrap.servers", "127.0.0.1:" + broker.address().getPort());
        all.put("security.protocol", protocol);
        all.put("default.api.timeout.ms", "15000");
        all.put("request.timeout.ms", "10000");
        return Admin.create(all);
    }

    private static void assertServes(Admin admin) throws Exception {
        assertEquals(TestBroker.CLUSTER_ID, admin.describeCluster().clusterId().get(20, TimeUnit.SECONDS));
        admin.listGroups().all().get(20, TimeUnit.SECONDS);
    }

    private static Throwable refusalOf(Admin admin) {
        return Objects.requireNonNull(assertThrows(
                        ExecutionException.class,
                        () -> admin.describeCluster().clusterId().get(20, TimeUnit.SECONDS))
                .getCause());
    }

    private static Map<String, String> sasl(String mechanism, String user, String password) {
        String module = mechanism.equals("PLAIN") ? "plain.PlainLoginModule" : "scram.ScramLoginModule";
        return Map.of(
                "sasl.mechanism",
                mechanism,
                "sasl.jaas.config",
                "org.apache.kafka.common.security." + module + " required username=\"" + user + "\" password=\""
                        + password + "\";");
    }

    private static Map<String, String> plainListener() {
        return Map.of("sasl.enabled.mechanisms", "PLAIN", "listener.name.outside.plain.sasl.jaas.config", PLAIN_USERS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"PKCS12", "JKS"})
    void tlsWithAKeyStoreServesAClientThatTrustsIt(String type, @TempDir Path dir) throws Exception {
        TestKeys keys = new TestKeys(dir);
        Path server = keys.keyStore("server", "CN=localhost", type);
        Map<String, String> configs = Map.of(
                "ssl.keystore.location",
                server.toString(),
                "ssl.keystore.type",
                type,
                "ssl.keystore.password",
                TestKeys.PASSWORD,
                "ssl.key.password",
                TestKeys.PASSWORD);
        try (TestBroker broker = broker(SecurityProtocol.SSL, configs, ScramCredentials.NONE);
                Admin admin = admin(
                        broker,
                        "SSL",
                        Map.of(
                                "ssl.truststore.location",
                                keys.trustStore("server", server, type).toString(),
                                "ssl.truststore.password",
                                TestKeys.PASSWORD))) {
            assertServes(admin);
            assertEquals(KafkaPrincipal.ANONYMOUS, seen.get());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void mutualTlsWithPemNamesTheClientByItsCertificate(String version, @TempDir Path dir) throws Exception {
        TestKeys keys = new TestKeys(dir);
        Path server = keys.keyStore("server", "CN=localhost", "PKCS12");
        Path client = keys.keyStore("client", "CN=carol,OU=readers", "PKCS12");
        Map<String, String> configs = Map.of(
                "ssl.keystore.type", "PEM",
                "ssl.keystore.key", TestKeys.keyPem("server", server, "PKCS12"),
                "ssl.keystore.certificate.chain", TestKeys.certificatePem("server", server, "PKCS12"),
                "ssl.truststore.type", "PEM",
                "ssl.truststore.certificates", TestKeys.certificatePem("client", client, "PKCS12"),
                "listener.name.outside.ssl.client.auth", "required",
                "ssl.principal.mapping.rules", "RULE:^CN=(.*?),OU=readers$/$1/U,DEFAULT");
        Map<String, String> trusting = Map.of(
                "ssl.enabled.protocols",
                version,
                "ssl.truststore.type",
                "PEM",
                "ssl.truststore.certificates",
                TestKeys.certificatePem("server", server, "PKCS12"));
        Map<String, String> known = new HashMap<>(trusting);
        known.put("ssl.keystore.type", "PEM");
        known.put("ssl.keystore.key", TestKeys.keyPem("client", client, "PKCS12"));
        known.put("ssl.keystore.certificate.chain", TestKeys.certificatePem("client", client, "PKCS12"));
        try (TestBroker broker = broker(SecurityProtocol.SSL, configs, ScramCredentials.NONE);
                Admin admin = admin(broker, "SSL", known);
                Admin stranger = admin(broker, "SSL", trusting)) {
            assertServes(admin);
            assertEquals(new KafkaPrincipal(KafkaPrincipal.USER_TYPE, "CAROL"), seen.get());
            assertInstanceOf(SslAuthenticationException.class, refusalOf(stranger));
            assertServes(admin);
        }
    }

    @Test
    void plainLetsInUsersOfTheListenerAndNobodyElse() throws Exception {
        try (TestBroker broker = broker(SecurityProtocol.SASL_PLAINTEXT, plainListener(), ScramCredentials.NONE);
                Admin alice = admin(broker, "SASL_PLAINTEXT", sasl("PLAIN", "alice", "alice-secret"));
                Admin mallory = admin(broker, "SASL_PLAINTEXT", sasl("PLAIN", "alice", "guess"))) {
            assertServes(alice);
            assertEquals(new KafkaPrincipal(KafkaPrincipal.USER_TYPE, "alice"), seen.get());
            assertInstanceOf(SaslAuthenticationException.class, refusalOf(mallory));
            assertServes(alice);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"SCRAM-SHA-256", "SCRAM-SHA-512"})
    void scramLetsInUsersOfTheClusterAndNobodyElse(String mechanism) throws Exception {
        ScramCredential credential =
                new ScramFormatter(ScramMechanism.forMechanismName(mechanism)).generateCredential("dave-secret", 4096);
        ScramCredentials users = (of, user) -> of.equals(mechanism) && user.equals("dave") ? credential : null;
        Map<String, String> configs = Map.of("sasl.enabled.mechanisms", mechanism);
        try (TestBroker broker = broker(SecurityProtocol.SASL_PLAINTEXT, configs, users);
                Admin dave = admin(broker, "SASL_PLAINTEXT", sasl(mechanism, "dave", "dave-secret"));
                Admin wrong = admin(broker, "SASL_PLAINTEXT", sasl(mechanism, "dave", "guess"));
                Admin unknown = admin(broker, "SASL_PLAINTEXT", sasl(mechanism, "eve", "dave-secret"))) {
            assertServes(dave);
            assertEquals(new KafkaPrincipal(KafkaPrincipal.USER_TYPE, "dave"), seen.get());
            Throwable wrongPassword = refusalOf(wrong);
            assertInstanceOf(SaslAuthenticationException.class, wrongPassword);
            assertEquals(wrongPassword.getMessage(), refusalOf(unknown).getMessage(), "tells whether the user exists");
        }
    }

    @Test
    void saslOverTlsServesBothAtOnce(@TempDir Path dir) throws Exception {
        TestKeys keys = new TestKeys(dir);
        Path server = keys.keyStore("server", "CN=localhost", "PKCS12");
        Map<String, String> configs = new HashMap<>(plainListener());
        configs.put("ssl.keystore.location", server.toString());
        configs.put("ssl.keystore.type", "PKCS12");
        configs.put("ssl.keystore.password", TestKeys.PASSWORD);
        Map<String, String> client = new HashMap<>(sasl("PLAIN", "bob", "bob-secret"));
        client.put(
                "ssl.truststore.location",
                keys.trustStore("server", server, "PKCS12").toString());
        client.put("ssl.truststore.password", TestKeys.PASSWORD);
        try (TestBroker broker = broker(SecurityProtocol.SASL_SSL, configs, ScramCredentials.NONE);
                Admin bob = admin(broker, "SASL_SSL", client)) {
            assertServes(bob);
            assertEquals(new KafkaPrincipal(KafkaPrincipal.USER_TYPE, "bob"), seen.get());
        }
    }

    @Test
    void aClientThatAuthenticatesAgainStaysAndOneThatDoesNotIsClosed() throws Exception {
        Map<String, String> configs = new HashMap<>(plainListener());
        configs.put("connections.max.reauth.ms", "800");
        try (TestBroker broker = broker(SecurityProtocol.SASL_PLAINTEXT, configs, ScramCredentials.NONE);
                WireClient lazy = broker.connect();
                Admin alice = admin(broker, "SASL_PLAINTEXT", sasl("PLAIN", "alice", "alice-secret"))) {
            SaslAuthenticateResponse response = plainLogin(lazy);
            assertEquals(800, response.data().sessionLifetimeMs());
            long endNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(2500);
            while (System.nanoTime() < endNs) {
                assertServes(alice);
                Thread.onSpinWait();
            }
            lazy.send(ApiKeys.LIST_GROUPS, listGroups(), 9);
            assertTrue(lazy.isClosedByServer());
        }
    }

    @Test
    void beforeAuthenticationOnlyTheExchangeIsServed() throws Exception {
        try (TestBroker broker = broker(SecurityProtocol.SASL_PLAINTEXT, plainListener(), ScramCredentials.NONE);
                WireClient client = broker.connect()) {
            client.send(ApiKeys.LIST_GROUPS, listGroups(), 1);
            assertTrue(client.isClosedByServer());
            assertEquals(null, seen.get());
        }
    }

    @Test
    void bareTokensFollowAHandshakeOfVersion0() throws Exception {
        try (TestBroker broker = broker(SecurityProtocol.SASL_PLAINTEXT, plainListener(), ScramCredentials.NONE);
                WireClient client = broker.connect()) {
            SaslHandshakeRequest handshake = new SaslHandshakeRequest.Builder(
                            new SaslHandshakeRequestData().setMechanism("PLAIN"))
                    .build((short) 0);
            SaslHandshakeResponse shaken =
                    (SaslHandshakeResponse) client.roundTrip(ApiKeys.SASL_HANDSHAKE, handshake, 1);
            assertEquals(Errors.NONE, shaken.error());
            client.send(WireClient.frame(ByteBuffer.wrap(plainToken())));
            assertEquals(0, client.receive().remaining());
            client.roundTrip(ApiKeys.LIST_GROUPS, listGroups(), 2);
            assertEquals(new KafkaPrincipal(KafkaPrincipal.USER_TYPE, "alice"), seen.get());
        }
    }

    @Test
    void anUnknownMechanismIsToldWhichThereAre() throws Exception {
        try (TestBroker broker = broker(SecurityProtocol.SASL_PLAINTEXT, plainListener(), ScramCredentials.NONE);
                WireClient client = broker.connect()) {
            SaslHandshakeRequest handshake = new SaslHandshakeRequest.Builder(
                            new SaslHandshakeRequestData().setMechanism("GSSAPI"))
                    .build((short) 1);
            SaslHandshakeResponse response =
                    (SaslHandshakeResponse) client.roundTrip(ApiKeys.SASL_HANDSHAKE, handshake, 1);
            assertEquals(Errors.UNSUPPORTED_SASL_MECHANISM, response.error());
            assertEquals(java.util.List.of("PLAIN"), response.enabledMechanisms());
            assertTrue(client.isClosedByServer());
        }
    }

    @Test
    void aMechanismThatIsNotSupportedIsAConfigurationError() {
        assertThrows(
                KafkaException.class,
                () -> ListenerSecurity.of(
                        "OUTSIDE",
                        SecurityProtocol.SASL_PLAINTEXT,
                        Map.of("sasl.enabled.mechanisms", "GSSAPI"),
                        ScramCredentials.NONE));
    }

    private static byte[] plainToken() {
        return "\0alice\0alice-secret".getBytes(StandardCharsets.UTF_8);
    }

    private static ListGroupsRequest listGroups() {
        return new ListGroupsRequest.Builder(new ListGroupsRequestData()).build((short) 4);
    }

    private static SaslAuthenticateResponse plainLogin(WireClient client) throws Exception {
        client.roundTrip(
                ApiKeys.SASL_HANDSHAKE,
                new SaslHandshakeRequest.Builder(new SaslHandshakeRequestData().setMechanism("PLAIN")).build((short) 1),
                1);
        return (SaslAuthenticateResponse) client.roundTrip(
                ApiKeys.SASL_AUTHENTICATE,
                new SaslAuthenticateRequest.Builder(new SaslAuthenticateRequestData().setAuthBytes(plainToken()))
                        .build((short) 2),
                2);
    }
}
