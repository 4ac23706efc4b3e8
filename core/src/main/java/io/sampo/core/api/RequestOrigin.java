package io.sampo.core.api;

import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SecurityProtocol;

/// Who asked, and how they reached this node.
///
/// @param connectionId unique among the connections of this process
/// @param clientId from the request header, "" when the client sent none
/// @param clientHost textual IP address of the client
/// @param listener name of the listener, as in `listeners`
/// @param localHost the address that the client dialled (local end of the socket)
/// @param localPort the port that the client dialled
public record RequestOrigin(
        long connectionId,
        String clientId,
        String clientHost,
        String listener,
        SecurityProtocol securityProtocol,
        KafkaPrincipal principal,
        String localHost,
        int localPort) {}
