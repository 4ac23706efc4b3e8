package io.sampo.streams.connection;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import javax.security.auth.Subject;
import javax.security.auth.login.AppConfigurationEntry;
import javax.security.auth.login.LoginContext;
import javax.security.auth.login.LoginException;
import javax.security.sasl.Sasl;
import javax.security.sasl.SaslClient;
import javax.security.sasl.SaslException;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.SaslConfigs;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.security.JaasContext;
import org.apache.kafka.common.security.auth.AuthenticateCallbackHandler;
import org.apache.kafka.common.security.authenticator.AbstractLogin.DefaultLoginCallbackHandler;
import org.apache.kafka.common.security.authenticator.SaslClientCallbackHandler;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule;
import org.apache.kafka.common.security.oauthbearer.internals.OAuthBearerSaslClientCallbackHandler;
import org.apache.kafka.common.security.oauthbearer.internals.unsecured.OAuthBearerUnsecuredLoginCallbackHandler;
import org.apache.kafka.common.security.scram.internals.ScramMechanism;
import org.apache.kafka.common.utils.Utils;

/// Who this client is: `sasl.mechanism` (PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER), `sasl.jaas.config` and the
/// callback classes, all kafka-clients' own. Each connection logs in anew, so that a token is fresh and nothing has to
/// renew it meanwhile.
///
/// Thread rule: any thread; a login may block.
final class SaslLogin implements AutoCloseable {

    private static final String PLAIN = "PLAIN";
    private static final String SERVICE = "kafka";

    private final String mechanism;
    private final Map<String, ?> settings;
    private final JaasContext jaas;
    private final AuthenticateCallbackHandler loginCallbacks;

    /// @throws ConfigException for a mechanism that is not supported
    /// @throws IllegalArgumentException for a JAAS configuration that is missing or broken
    SaslLogin(Map<String, ?> settings) {
        this.settings = settings;
        this.mechanism = String.valueOf(settings.get(SaslConfigs.SASL_MECHANISM));
        if (!mechanism.equals(PLAIN) && !ScramMechanism.isScram(mechanism) && !isOauth()) {
            throw new ConfigException(
                    SaslConfigs.SASL_MECHANISM,
                    mechanism,
                    "supported are PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 and OAUTHBEARER");
        }
        this.jaas = JaasContext.loadClientContext(settings);
        this.loginCallbacks = callbacks(
                SaslConfigs.SASL_LOGIN_CALLBACK_HANDLER_CLASS,
                isOauth() ? OAuthBearerUnsecuredLoginCallbackHandler.class : DefaultLoginCallbackHandler.class);
    }

    String mechanism() {
        return mechanism;
    }

    /// Logs in and begins an exchange.
    ///
    /// @param host the server's name, as some mechanisms bind to it
    /// @throws SaslAuthenticationException when the login fails
    Exchange begin(String host) {
        try {
            LoginContext login = new LoginContext(jaas.name(), new Subject(), loginCallbacks, jaas.configuration());
            login.login();
            return new Exchange(login.getSubject(), host);
        } catch (LoginException e) {
            throw new SaslAuthenticationException("login for " + mechanism + " failed: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        loginCallbacks.close();
    }

    private boolean isOauth() {
        return mechanism.equals(OAuthBearerLoginModule.OAUTHBEARER_MECHANISM);
    }

    private AuthenticateCallbackHandler callbacks(
            String setting, Class<? extends AuthenticateCallbackHandler> otherwise) {
        Class<? extends AuthenticateCallbackHandler> type = settings.get(setting) instanceof Class<?> configured
                ? configured.asSubclass(AuthenticateCallbackHandler.class)
                : otherwise;
        AuthenticateCallbackHandler handler = Utils.newInstance(type);
        List<AppConfigurationEntry> entries = jaas.configurationEntries();
        handler.configure(settings, mechanism, entries);
        return handler;
    }

    /// One authentication of one connection. Not thread-safe.
    final class Exchange implements AutoCloseable {
        private final Subject subject;
        private final AuthenticateCallbackHandler callbacks;
        private final SaslClient client;

        private Exchange(Subject subject, String host) {
            this.subject = subject;
            this.callbacks = callbacks(
                    SaslConfigs.SASL_CLIENT_CALLBACK_HANDLER_CLASS,
                    isOauth() ? OAuthBearerSaslClientCallbackHandler.class : SaslClientCallbackHandler.class);
            SaslClient made = asSubject(
                    () -> Sasl.createSaslClient(new String[] {mechanism}, null, SERVICE, host, settings, callbacks));
            if (made == null) {
                throw new SaslAuthenticationException("no SASL client for " + mechanism);
            }
            this.client = made;
        }

        /// What to send first.
        byte[] first() {
            return client.hasInitialResponse() ? next(new byte[0]) : new byte[0];
        }

        /// @param challenge what the server sent
        /// @return what to answer; empty array when there is nothing to say
        /// @throws SaslAuthenticationException when the server could not prove who it is
        byte[] next(byte[] challenge) {
            byte[] answer = asSubject(() -> client.evaluateChallenge(challenge));
            return answer == null ? new byte[0] : answer;
        }

        boolean isComplete() {
            return client.isComplete();
        }

        private <T> T asSubject(java.util.concurrent.Callable<T> action) {
            try {
                return Subject.callAs(subject, action);
            } catch (CompletionException e) {
                throw new SaslAuthenticationException(mechanism + " failed: " + e.getCause(), e.getCause());
            }
        }

        @Override
        public void close() {
            try {
                client.dispose();
            } catch (SaslException nothingToGiveBack) {
                // The connection goes on or ends all the same.
            }
            callbacks.close();
        }
    }
}
