package io.sampo.tcp.security;

import io.sampo.core.api.ScramCredentials;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.security.auth.callback.Callback;
import javax.security.auth.callback.CallbackHandler;
import javax.security.auth.callback.NameCallback;
import javax.security.auth.callback.UnsupportedCallbackException;
import javax.security.sasl.SaslServer;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.internals.BrokerSecurityConfigs;
import org.apache.kafka.common.network.ListenerName;
import org.apache.kafka.common.security.JaasContext;
import org.apache.kafka.common.security.auth.KafkaPrincipalBuilder;
import org.apache.kafka.common.security.plain.internals.PlainSaslServer;
import org.apache.kafka.common.security.plain.internals.PlainServerCallbackHandler;
import org.apache.kafka.common.security.scram.ScramCredentialCallback;
import org.apache.kafka.common.security.scram.internals.ScramMechanism;
import org.apache.kafka.common.security.scram.internals.ScramSaslServer;

/// The SASL mechanisms of one listener (`sasl.enabled.mechanisms`): PLAIN with the users of
/// `listener.name.<name>.plain.sasl.jaas.config`, SCRAM-SHA-256 and SCRAM-SHA-512 with those of the cluster's
/// metadata.
final class SaslMechanisms {

    private static final String PLAIN = PlainSaslServer.PLAIN_MECHANISM;

    private final List<String> enabled = new ArrayList<>();
    private final Map<String, CallbackHandler> callbacks = new TreeMap<>();
    private final Map<String, Long> maxReauthMs = new TreeMap<>();
    private final KafkaPrincipalBuilder principals;

    SaslMechanisms(
            String listener,
            SecurityConfigs configs,
            ScramCredentials scramCredentials,
            KafkaPrincipalBuilder principals) {
        this.principals = principals;
        if (configs.value(BrokerSecurityConfigs.SASL_ENABLED_MECHANISMS_CONFIG) instanceof List<?> mechanisms) {
            mechanisms.forEach(mechanism -> enabled.add((String) mechanism));
        }
        for (String mechanism : enabled) {
            if (mechanism.equals(PLAIN)) {
                callbacks.put(mechanism, plainUsers(listener, configs));
            } else if (ScramMechanism.isScram(mechanism)) {
                callbacks.put(mechanism, wanted -> scramUser(scramCredentials, mechanism, wanted));
            } else {
                throw new ConfigException(
                        BrokerSecurityConfigs.SASL_ENABLED_MECHANISMS_CONFIG,
                        mechanism,
                        "listener " + listener + ": only PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512 are supported");
            }
            if (configs.value(mechanism, BrokerSecurityConfigs.CONNECTIONS_MAX_REAUTH_MS_CONFIG) instanceof Object ms) {
                maxReauthMs.put(mechanism, Long.parseLong(ms.toString()));
            }
        }
    }

    List<String> enabled() {
        return enabled;
    }

    KafkaPrincipalBuilder principals() {
        return principals;
    }

    /// `connections.max.reauth.ms`; 0: sessions do not end.
    long maxReauthMs(String mechanism) {
        return maxReauthMs.getOrDefault(mechanism, 0L);
    }

    /// @param mechanism an enabled one
    SaslServer newServer(String mechanism) {
        CallbackHandler users = callbacks.get(mechanism);
        if (users == null) {
            throw new IllegalArgumentException(mechanism + " is not enabled");
        }
        if (mechanism.equals(PLAIN)) {
            return new PlainSaslServer(users);
        }
        try {
            return new ScramSaslServer(ScramMechanism.forMechanismName(mechanism), Map.of(), users);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static CallbackHandler plainUsers(String listener, SecurityConfigs configs) {
        JaasContext jaas = JaasContext.loadServerContext(new ListenerName(listener), PLAIN, configs.values());
        PlainServerCallbackHandler users = new PlainServerCallbackHandler();
        users.configure(configs.values(), PLAIN, jaas.configurationEntries());
        return users;
    }

    /// Tokens (KIP-48) come in as another kind of credential callback, which stays empty: authentication fails.
    private static void scramUser(ScramCredentials credentials, String mechanism, Callback[] wanted)
            throws UnsupportedCallbackException {
        String user = "";
        for (Callback callback : wanted) {
            if (callback instanceof NameCallback name) {
                user = name.getDefaultName();
            } else if (callback.getClass() == ScramCredentialCallback.class) {
                ((ScramCredentialCallback) callback).scramCredential(credentials.credential(mechanism, user));
            } else if (!(callback instanceof ScramCredentialCallback)) {
                throw new UnsupportedCallbackException(callback);
            }
        }
    }
}
