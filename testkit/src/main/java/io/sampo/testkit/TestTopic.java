package io.sampo.testkit;

/// A topic that nobody else uses: new and empty for each parameter that asks for one, and not deleted after
/// the test.
///
/// {@snippet file="BillingTest.java" region="test"}
///
/// @param name unique in this JVM; begins with the test's
/// @param partitions how many it has: 3
public record TestTopic(String name, int partitions) {}
