package io.sampo.testkit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/// Gives a test class a node of Sampo within its JVM. Test methods and constructors may ask for a
/// [io.sampo.streams.StreamClient], which ends with the test, for a [TestNode], or for a [TestTopic], a new one for
/// each test.
///
/// All classes of a JVM share one node: the first starts it in about a second, the others find it running. Its data
/// are in a temporary directory, and go with it.
///
/// {@snippet file="BillingTest.java" region="test"}
///
/// When the node cannot be started, or a topic cannot be made, the test fails with the reason.
/// [SampoExtension] says more of each parameter.
@Documented
@Inherited
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(SampoExtension.class)
public @interface SampoTest {}
