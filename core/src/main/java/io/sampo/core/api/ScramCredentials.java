package io.sampo.core.api;

import org.apache.kafka.common.security.scram.ScramCredential;
import org.jspecify.annotations.Nullable;

/// The SCRAM users that the cluster's metadata holds (KIP-554), as a connection needs them to authenticate a
/// client.
///
/// Thread rule: any thread; must not block.
@FunctionalInterface
public interface ScramCredentials {

    /// No user at all.
    ScramCredentials NONE = (_, _) -> null;

    /// @param mechanism `SCRAM-SHA-256` or `SCRAM-SHA-512`
    /// @return null for an unknown user
    @Nullable
    ScramCredential credential(String mechanism, String user);
}
