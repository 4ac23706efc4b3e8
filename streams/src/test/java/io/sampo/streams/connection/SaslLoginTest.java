package io.sampo.streams.connection;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.security.auth.login.AppConfigurationEntry;
import javax.security.auth.login.AppConfigurationEntry.LoginModuleControlFlag;
import javax.security.sasl.SaslException;
import javax.security.sasl.SaslServer;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.security.authenticator.CredentialCache;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule;
import org.apache.kafka.common.security.oauthbearer.internals.OAuthBearerSaslServer;
import org.apache.kafka.common.security.oauthbearer.internals.unsecured.OAuthBearerUnsecuredValidatorCallbackHandler;
import org.apache.kafka.common.security.scram.ScramCredential;
import org.apache.kafka.common.security.scram.internals.ScramCredentialUtils;
import org.apache.kafka.common.security.scram.internals.ScramFormatter;
import org.apache.kafka.common.security.scram.internals.ScramMechanism;
import org.apache.kafka.common.security.scram.internals.ScramSaslServer;
import org.apache.kafka.common.security.scram.internals.ScramServerCallbackHandler;
import org.apache.kafka.common.security.token.delegation.internals.DelegationTokenCache;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Logins against Kafka's own server sides.
class SaslLoginTest {
    private static final String HOST = "localhost";

    private static SaslLogin login(String mechanism, String jaas) {
        return new SaslLogin(ConnectionSettings.of(Map.of(
                        "bootstrap.servers",
                        "localhost:9092",
                        "security.protocol",
                        "SASL_PLAINTEXT",
                        "sasl.mechanism",
                        mechanism,
                        "sasl.jaas.config",
                        jaas))
                .security());
    }

    private static String scram(String password) {
        return "org.apache.kafka.common.security.scram.ScramLoginModule required username=\"alice\" password=\""
                + password + "\";";
    }

    private static SaslServer scramServer(ScramMechanism mechanism, ScramCredential credential) throws Exception {
        CredentialCache cache = new CredentialCache();
        ScramCredentialUtils.createCache(cache, List.of(mechanism.mechanismName()));
        cache.cache(mechanism.mechanismName(), ScramCredential.class).put("alice", credential);
        ScramServerCallbackHandler callbacks = new ScramServerCallbackHandler(
                cache.cache(mechanism.mechanismName(), ScramCredential.class),
                new DelegationTokenCache(List.of(mechanism.mechanismName())));
        callbacks.configure(Map.of(), mechanism.mechanismName(), List.of());
        return new ScramSaslServer(mechanism, Map.of(), callbacks);
    }

    private static ScramCredential credential(ScramMechanism mechanism, String password) throws Exception {
        return new ScramFormatter(mechanism).generateCredential(password, 4_096);
    }

    /// @return who the server takes this client for
    private static String exchange(SaslLogin login, SaslServer server) throws Exception {
        try (SaslLogin.Exchange exchange = login.begin(HOST)) {
            byte[] said = exchange.first();
            while (!server.isComplete()) {
                byte[] challenge = server.evaluateResponse(said);
                said = exchange.isComplete() ? new byte[0] : exchange.next(challenge);
            }
            assertTrue(exchange.isComplete());
            return server.getAuthorizationID();
        }
    }

    @ParameterizedTest
    @EnumSource(ScramMechanism.class)
    void scramProvesThePassword(ScramMechanism mechanism) throws Exception {
        try (SaslLogin login = login(mechanism.mechanismName(), scram("open sesame"))) {
            SaslServer server = scramServer(mechanism, credential(mechanism, "open sesame"));
            assertEquals("alice", exchange(login, server));
        }
    }

    @ParameterizedTest
    @EnumSource(ScramMechanism.class)
    void scramWithAnotherPasswordIsRefused(ScramMechanism mechanism) throws Exception {
        try (SaslLogin login = login(mechanism.mechanismName(), scram("open barley"))) {
            SaslServer server = scramServer(mechanism, credential(mechanism, "open sesame"));
            assertThrows(SaslException.class, () -> exchange(login, server), "by the server");
        }
    }

    /// The password works both ways: a server that lets everybody in is not believed.
    @Test
    void aServerThatDoesNotKnowThePasswordIsFoundOut() throws Exception {
        ScramMechanism mechanism = ScramMechanism.SCRAM_SHA_256;
        ScramCredential credential = credential(mechanism, "open sesame");
        byte[] key = credential.serverKey().clone();
        key[0] ^= 1;
        ScramCredential forged =
                new ScramCredential(credential.salt(), credential.storedKey(), key, credential.iterations());
        try (SaslLogin login = login(mechanism.mechanismName(), scram("open sesame"))) {
            SaslServer server = scramServer(mechanism, forged);
            SaslAuthenticationException refused =
                    assertThrows(SaslAuthenticationException.class, () -> exchange(login, server));
            assertTrue(String.valueOf(refused.getMessage()).contains("SCRAM-SHA-256 failed"), refused::toString);
        }
    }

    private static String token(String claims) {
        return OAuthBearerLoginModule.class.getName() + " required " + claims + ";";
    }

    private static SaslServer tokenServer() {
        OAuthBearerUnsecuredValidatorCallbackHandler callbacks = new OAuthBearerUnsecuredValidatorCallbackHandler();
        callbacks.configure(
                Map.of(),
                OAuthBearerLoginModule.OAUTHBEARER_MECHANISM,
                List.of(new AppConfigurationEntry(
                        OAuthBearerLoginModule.class.getName(), LoginModuleControlFlag.REQUIRED, new HashMap<>())));
        return new OAuthBearerSaslServer(callbacks);
    }

    @Test
    void aTokenSaysWhoTheClientIs() throws Exception {
        try (SaslLogin login = login("OAUTHBEARER", token("unsecuredLoginStringClaim_sub=\"alice\""))) {
            assertEquals("alice", exchange(login, tokenServer()));
            assertEquals("alice", exchange(login, tokenServer()), "each connection has a token of its own");
        }
    }

    @Test
    void aTokenThatHasExpiredIsRefused() throws Exception {
        String claims = "unsecuredLoginStringClaim_sub=\"alice\" unsecuredLoginLifetimeSeconds=\"1\""
                + " unsecuredLoginNumberClaim_exp=\"1000\"";
        try (SaslLogin login = login("OAUTHBEARER", token(claims))) {
            assertThrows(SaslAuthenticationException.class, () -> exchange(login, tokenServer()));
        }
    }

    @Test
    void aMechanismThatIsNotSupportedIsNamedBeforeAnythingIsConnected() {
        ConfigException refused = assertThrows(
                ConfigException.class, () -> login("GSSAPI", scram("x")).close());
        assertTrue(String.valueOf(refused.getMessage()).contains("OAUTHBEARER"), refused::toString);
    }

    @Test
    void theWordsOfTheServerAreNotTakenForProof() throws Exception {
        try (SaslLogin login = login("SCRAM-SHA-256", scram("open sesame"));
                SaslLogin.Exchange exchange = login.begin(HOST)) {
            exchange.first();
            byte[] garbage = "v=bm90aGluZw==".getBytes(StandardCharsets.UTF_8);
            assertThrows(SaslAuthenticationException.class, () -> exchange.next(garbage));
        }
    }
}
