package io.sampo.core.config;

import static org.apache.kafka.common.config.ConfigDef.Importance.HIGH;
import static org.apache.kafka.common.config.ConfigDef.Importance.LOW;
import static org.apache.kafka.common.config.ConfigDef.Importance.MEDIUM;
import static org.apache.kafka.common.config.ConfigDef.Range.atLeast;
import static org.apache.kafka.common.config.ConfigDef.Type.BOOLEAN;
import static org.apache.kafka.common.config.ConfigDef.Type.CLASS;
import static org.apache.kafka.common.config.ConfigDef.Type.INT;
import static org.apache.kafka.common.config.ConfigDef.Type.LIST;
import static org.apache.kafka.common.config.ConfigDef.Type.LONG;
import static org.apache.kafka.common.config.ConfigDef.Type.PASSWORD;
import static org.apache.kafka.common.config.ConfigDef.Type.STRING;

import java.util.List;
import org.apache.kafka.common.config.ConfigDef.ValidString;

/// Settings of TLS and SASL. Each may be set for one listener: `listener.name.<name>.<key>` (name in lower case),
/// SASL ones also for one mechanism: `listener.name.<name>.<mechanism>.<key>`.
final class SecurityKeys {
    private SecurityKeys() {}

    static void define(KeyTable table) {
        tls(table);
        sasl(table);
        unused(table);
    }

    /// Whether listeners may differ in it.
    static boolean perListener(BrokerKey key) {
        String name = key.name();
        return name.startsWith("ssl.")
                || name.startsWith("sasl.")
                || name.equals("connections.max.reauth.ms")
                || name.equals("principal.builder.class");
    }

    private static void tls(KeyTable table) {
        table.add("ssl.keystore.type", STRING, "JKS", MEDIUM, "Format of the key store: JKS, PKCS12 or PEM.");
        table.add("ssl.keystore.location", STRING, null, HIGH, "File with the node's key and certificate.");
        table.add("ssl.keystore.password", PASSWORD, null, HIGH, "Password of the key store.");
        table.add("ssl.key.password", PASSWORD, null, HIGH, "Password of the private key.");
        table.add("ssl.keystore.key", PASSWORD, null, HIGH, "Private key as PEM text (PKCS#8), in place of a file.");
        table.add("ssl.keystore.certificate.chain", PASSWORD, null, HIGH, "Certificate chain as PEM text.");
        table.add("ssl.truststore.type", STRING, "JKS", MEDIUM, "Format of the trust store: JKS, PKCS12 or PEM.");
        table.add("ssl.truststore.location", STRING, null, HIGH, "File with the certificates of trusted issuers.");
        table.add("ssl.truststore.password", PASSWORD, null, HIGH, "Password of the trust store.");
        table.add("ssl.truststore.certificates", PASSWORD, null, HIGH, "Trusted certificates as PEM text.");
        table.add("ssl.protocol", STRING, "TLSv1.3", MEDIUM, "Protocol of the TLS context.");
        table.add(
                "ssl.enabled.protocols", LIST, List.of("TLSv1.2", "TLSv1.3"), MEDIUM, "TLS versions that are offered.");
        table.add("ssl.cipher.suites", LIST, List.of(), LOW, "Cipher suites that are offered; empty: the JDK's.");
        table.add(
                "ssl.client.auth",
                STRING,
                "none",
                ValidString.in("required", "requested", "none"),
                MEDIUM,
                "Whether clients must show a certificate.");
        table.add("ssl.provider", STRING, null, MEDIUM, "Security provider; null: the JDK's.");
        table.add("ssl.keymanager.algorithm", STRING, "SunX509", LOW, "Algorithm of the key manager.");
        table.add("ssl.trustmanager.algorithm", STRING, "PKIX", LOW, "Algorithm of the trust manager.");
        table.add(
                "ssl.endpoint.identification.algorithm",
                STRING,
                "https",
                LOW,
                "How this node checks the name in another node's certificate.");
        table.add("ssl.secure.random.implementation", STRING, null, LOW, "SecureRandom to use; null: the JDK's.");
        table.add(
                "ssl.engine.factory.class", CLASS, null, LOW, "Class that makes TLS engines; null: the built-in one.");
        table.add("ssl.principal.mapping.rules", STRING, "DEFAULT", LOW, "Rules from a certificate's name to a user.");
    }

    private static void sasl(KeyTable table) {
        table.add(
                "sasl.enabled.mechanisms",
                LIST,
                List.of("GSSAPI"),
                MEDIUM,
                "SASL mechanisms that are offered: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512.");
        table.add("sasl.jaas.config", PASSWORD, null, MEDIUM, "Login module with its options, for one mechanism.");
        table.add(
                "sasl.server.callback.handler.class",
                CLASS,
                null,
                MEDIUM,
                "Class that checks credentials, for one mechanism; null: the built-in one.");
        table.add(
                "sasl.server.max.receive.size",
                INT,
                524_288,
                atLeast(1),
                MEDIUM,
                "Largest SASL message in bytes before a client is authenticated.");
        table.add(
                "connections.max.reauth.ms",
                LONG,
                0L,
                MEDIUM,
                "Sessions must be authenticated again after so long; 0: never.");
        table.add("principal.builder.class", CLASS, null, MEDIUM, "Only null (the built-in builder) is supported.");
    }

    private static void unused(KeyTable table) {
        String reason = "Not supported yet.";
        table.unused("sasl.login.callback.handler.class", CLASS, null, reason);
        table.unused("sasl.login.class", CLASS, null, reason);
        table.unused("sasl.kerberos.service.name", STRING, null, reason);
        table.unused("sasl.kerberos.kinit.cmd", STRING, "/usr/bin/kinit", reason);
        table.unused("sasl.kerberos.principal.to.local.rules", LIST, List.of("DEFAULT"), reason);
        table.unused("sasl.mechanism.inter.broker.protocol", STRING, "GSSAPI", reason);
        table.unused("ssl.allow.dn.changes", BOOLEAN, false, reason);
        table.unused("ssl.allow.san.changes", BOOLEAN, false, reason);
        table.unused("authorizer.class.name", STRING, "", "Access control lists are not served yet.");
        table.unused("super.users", STRING, null, "Access control lists are not served yet.");
        table.unused("allow.everyone.if.no.acl.found", BOOLEAN, true, "Without an authorizer everyone may do all.");
        table.unused("security.providers", STRING, null, reason);
    }
}
