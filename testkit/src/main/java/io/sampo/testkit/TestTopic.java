package io.sampo.testkit;

/// A topic that nobody else uses.
///
/// @param name unique in this JVM
/// @param partitions how many it has
public record TestTopic(String name, int partitions) {}
