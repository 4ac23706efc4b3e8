package io.sampo.streams.admin;

import java.util.Optional;

/// One setting of a topic or broker.
///
/// {@snippet file="AdminGuideTest.java" region="configs"}
///
/// @param value empty when it has none, or when it is a secret
/// @param isDefault nobody has set it for this resource
/// @param isReadOnly cannot be changed while the broker runs
/// @param isSensitive a secret, whose value is not told
public record ConfigEntry(
        String name, Optional<String> value, boolean isDefault, boolean isReadOnly, boolean isSensitive) {}
