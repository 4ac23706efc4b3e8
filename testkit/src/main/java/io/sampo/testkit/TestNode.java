package io.sampo.testkit;

/// The node that runs for the tests; all of them share it, so that topics and groups of other tests are
/// there, too. It ends with the JVM's last test. For clients of a test's own:
///
/// {@snippet file="WritingGuideTest.java" region="connect"}
///
/// @param bootstrapServers `host:port`, for any Kafka client on this machine
public record TestNode(String bootstrapServers) {}
