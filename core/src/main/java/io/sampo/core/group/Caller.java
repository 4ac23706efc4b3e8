package io.sampo.core.group;

/// Who asks the core.
///
/// @param requestId by which the shell finds the way to answer; unique per coordinator, not negative
/// @param apiVersion of the request; several rules differ by it
/// @param clientId from the request header
/// @param clientHost textual address of the client
public record Caller(long requestId, short apiVersion, String clientId, String clientHost) {}
