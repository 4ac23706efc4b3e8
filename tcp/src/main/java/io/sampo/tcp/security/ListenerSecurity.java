package io.sampo.tcp.security;

import io.sampo.tcp.connection.RequestStage;
import io.sampo.tcp.connection.Transports;
import io.sampo.tcp.connection.Unauthenticated;
import org.apache.kafka.common.security.auth.KafkaPrincipal;

/// What a listener's security protocol means for its connections.
///
/// @param transports plain or TLS
/// @param authentications none, by certificate, or SASL
public record ListenerSecurity(Transports transports, RequestStage.Authentications authentications) {

    public static ListenerSecurity plaintext() {
        return new ListenerSecurity(Transports.PLAINTEXT, _ -> new Unauthenticated(KafkaPrincipal.ANONYMOUS));
    }
}
