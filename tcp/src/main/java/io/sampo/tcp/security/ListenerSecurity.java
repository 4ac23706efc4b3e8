package io.sampo.tcp.security;

import io.sampo.core.api.ScramCredentials;
import io.sampo.tcp.connection.Connection;
import io.sampo.tcp.connection.RequestStage;
import io.sampo.tcp.connection.Transports;
import io.sampo.tcp.connection.Unauthenticated;
import java.util.Map;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.internals.BrokerSecurityConfigs;
import org.apache.kafka.common.network.ChannelBuilders;
import org.apache.kafka.common.network.ConnectionMode;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.KafkaPrincipalBuilder;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.apache.kafka.common.security.auth.SslAuthenticationContext;
import org.apache.kafka.common.security.ssl.SslFactory;
import org.apache.kafka.common.security.ssl.SslPrincipalMapper;

/// What a listener's security protocol means for its connections. Keys, certificates, mechanisms and principals are
/// kafka-clients' own, configured with Kafka's names.
///
/// @param transports plain or TLS
/// @param authentications none, by certificate, or SASL
public record ListenerSecurity(Transports transports, RequestStage.Authentications authentications) {

    /// @param serverProperties general and `listener.name.<name>.` settings
    /// @throws KafkaException for settings that cannot work, with the reason
    public static ListenerSecurity of(
            String listener,
            SecurityProtocol protocol,
            Map<String, String> serverProperties,
            ScramCredentials scramCredentials) {
        if (protocol == SecurityProtocol.PLAINTEXT) {
            return new ListenerSecurity(Transports.PLAINTEXT, _ -> new Unauthenticated(KafkaPrincipal.ANONYMOUS));
        }
        SecurityConfigs configs = new SecurityConfigs(listener, serverProperties);
        KafkaPrincipalBuilder principals = principalBuilder(configs);
        boolean tls = protocol == SecurityProtocol.SSL || protocol == SecurityProtocol.SASL_SSL;
        Transports transports = tls ? tls(configs, protocol) : Transports.PLAINTEXT;
        if (protocol == SecurityProtocol.SSL) {
            return new ListenerSecurity(
                    transports, connection -> new Unauthenticated(byCertificate(principals, connection)));
        }
        SaslMechanisms mechanisms = new SaslMechanisms(listener, configs, scramCredentials, principals);
        return new ListenerSecurity(transports, connection -> new SaslAuthentication(mechanisms, connection));
    }

    private static Transports tls(SecurityConfigs configs, SecurityProtocol protocol) {
        // On SASL_SSL clients prove themselves by SASL; a certificate is asked for only where the listener itself says
        // so (KIP-684).
        String clientAuth =
                protocol == SecurityProtocol.SASL_SSL && !configs.hasOwn(BrokerSecurityConfigs.SSL_CLIENT_AUTH_CONFIG)
                        ? "none"
                        : null;
        SslFactory factory = clientAuth == null
                ? new SslFactory(ConnectionMode.SERVER)
                : new SslFactory(ConnectionMode.SERVER, clientAuth, false);
        factory.configure(configs.values());
        return Transports.tls(connection -> factory.createSslEngine(
                connection.remoteAddress().getHostAddress(), connection.remote().getPort()));
    }

    private static KafkaPrincipalBuilder principalBuilder(SecurityConfigs configs) {
        String rules = (String) configs.value(BrokerSecurityConfigs.SSL_PRINCIPAL_MAPPING_RULES_CONFIG);
        SslPrincipalMapper mapper = SslPrincipalMapper.fromRules(
                rules == null ? BrokerSecurityConfigs.DEFAULT_SSL_PRINCIPAL_MAPPING_RULES : rules);
        return ChannelBuilders.createPrincipalBuilder(configs.values(), null, mapper);
    }

    private static KafkaPrincipal byCertificate(KafkaPrincipalBuilder principals, Connection connection) {
        return principals.build(new SslAuthenticationContext(
                connection.tlsSession().orElseThrow(), connection.remoteAddress(), connection.listener()));
    }
}
