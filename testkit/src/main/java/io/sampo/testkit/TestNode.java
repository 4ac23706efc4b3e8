package io.sampo.testkit;

/// The node that runs for the tests.
///
/// @param bootstrapServers `host:port`, for any Kafka client
public record TestNode(String bootstrapServers) {}
