package io.sampo.streams.connection;

import static io.sampo.streams.connection.ClusterConnectionsTest.failure;
import static io.sampo.streams.connection.ClusterConnectionsTest.groups;
import static io.sampo.streams.connection.ClusterConnectionsTest.join;
import static io.sampo.streams.connection.ClusterConnectionsTest.listGroups;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.SslAuthenticationException;
import org.apache.kafka.common.protocol.ApiKeys;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// TLS with keys made by the JDK's keytool.
@NullMarked
class TlsTest {

    private static final String PASSWORD = "secret-1";

    @TempDir
    private Path dir;

    @Test
    void speaksThroughTlsToABrokerThatItTrusts() throws Exception {
        Path keys = keyStore("localhost", "san=dns:localhost,ip:127.0.0.1");
        try (ScriptedBroker broker = broker(keys)) {
            broker.on(ApiKeys.LIST_GROUPS, (_, _) -> groups("g"));
            try (ClientSystem system = ClientSystem.start("tls-test");
                    ClusterConnections cluster = connect(system, broker, keys, Map.of())) {
                assertEquals(Set.of(1), join(cluster.refresh(Set.of())).nodes().keySet());
                join(cluster.send(1, listGroups(), 20_000)).close();
            }
        }
    }

    @Test
    void aBrokerOfAnotherNameIsRefusedAtOnceAndNotAskedAgainInATightLoop() throws Exception {
        Path keys = keyStore("elsewhere", "san=dns:elsewhere.example");
        try (ScriptedBroker broker = broker(keys);
                ClientSystem system = ClientSystem.start("tls-test");
                ClusterConnections cluster = connect(
                        system,
                        broker,
                        keys,
                        Map.of("reconnect.backoff.ms", 60_000, "reconnect.backoff.max.ms", 60_000))) {
            for (int i = 0; i < 5; i++) {
                assertInstanceOf(SslAuthenticationException.class, failure(cluster.sendToAny(listGroups(), 20_000)));
            }
            assertEquals(1, broker.accepted());
        }
    }

    @Test
    void aTrustStoreThatCannotBeReadIsSaidBeforeAnythingIsConnected() throws Exception {
        Path keys = keyStore("localhost", "san=dns:localhost,ip:127.0.0.1");
        try (ScriptedBroker broker = broker(keys);
                ClientSystem system = ClientSystem.start("tls-test")) {
            assertThrows(
                    KafkaException.class,
                    () -> connect(system, broker, keys, Map.of("ssl.truststore.password", "wrong"))
                            .close());
            assertEquals(0, broker.accepted());
        }
    }

    private static ClusterConnections connect(
            ClientSystem system, ScriptedBroker broker, Path trust, Map<String, ?> more) {
        Map<String, Object> settings = new HashMap<>();
        settings.put("bootstrap.servers", broker.address());
        settings.put("security.protocol", "SSL");
        settings.put("ssl.truststore.location", trust.toString());
        settings.put("ssl.truststore.password", PASSWORD);
        settings.put("ssl.truststore.type", "PKCS12");
        settings.putAll(more);
        return ClusterConnections.open(system.system(), ConnectionSettings.of(settings));
    }

    private static ScriptedBroker broker(Path keys) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(keys)) {
            store.load(in, PASSWORD.toCharArray());
        }
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(store, PASSWORD.toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        return new ScriptedBroker(context.getServerSocketFactory(), 0);
    }

    /// A self-signed key, in a store that its own certificate makes a trust store, too.
    private Path keyStore(String alias, String extension) throws Exception {
        Path key = dir.resolve(alias + ".p12");
        Path certificate = dir.resolve(alias + ".pem");
        keytool(
                "-genkeypair",
                "-alias",
                alias,
                "-keyalg",
                "EC",
                "-dname",
                "CN=" + alias,
                "-ext",
                extension,
                "-validity",
                "30",
                "-storetype",
                "PKCS12",
                "-keystore",
                key.toString(),
                "-storepass",
                PASSWORD);
        keytool(
                "-exportcert",
                "-rfc",
                "-alias",
                alias,
                "-keystore",
                key.toString(),
                "-storepass",
                PASSWORD,
                "-file",
                certificate.toString());
        keytool(
                "-importcert",
                "-noprompt",
                "-alias",
                alias + "-trusted",
                "-file",
                certificate.toString(),
                "-keystore",
                key.toString(),
                "-storepass",
                PASSWORD);
        return key;
    }

    private void keytool(String... arguments) throws Exception {
        String[] command = new String[arguments.length + 1];
        command[0] = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(dir.resolve("keytool.out").toFile())
                .start();
        assertTrue(process.waitFor(60, TimeUnit.SECONDS));
        assertEquals(0, process.exitValue(), () -> {
            try {
                return Files.readString(dir.resolve("keytool.out"));
            } catch (java.io.IOException e) {
                return e.toString();
            }
        });
    }
}
