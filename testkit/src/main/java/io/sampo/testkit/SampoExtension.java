package io.sampo.testkit;

import io.sampo.config.EmbeddedNode;
import io.sampo.config.NodeStartException;
import io.sampo.streams.StreamClient;
import io.sampo.streams.admin.NewTopic;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;

/// Behind [SampoTest]: one node for the JVM, clients and topics for each test. Of a parameter's type comes
///
/// - [StreamClient]: a client of the node with default settings, the same for all parameters of a test,
///   which is closed after it: that waits for what still runs, `default.api.timeout.ms` (60 s) at most
/// - [TestNode]: the node, which is started before the first parameter of the JVM and closed after its last
///   test
/// - [TestTopic]: a new topic with 3 partitions, which is waited for, 30 s at most.
///
/// What cannot be given fails the test with JUnit's `ParameterResolutionException`; its cause says why.
///
/// {@snippet file="BillingTest.java" region="test"}
public final class SampoExtension implements ParameterResolver {
    private static final Namespace NAMESPACE = Namespace.create(SampoExtension.class);
    private static final List<Class<?>> GIVES = List.of(StreamClient.class, TestNode.class, TestTopic.class);
    private static final int PARTITIONS = 3;
    private static final long TOPIC_LIMIT_SECONDS = 30;
    private static final AtomicInteger TOPICS = new AtomicInteger();

    /// The node and its directory, which JUnit closes after the last test.
    private record Shared(EmbeddedNode node, Path directory) implements AutoCloseable {
        static Shared start() {
            try {
                Path directory = Files.createTempDirectory("sampo-test-");
                return new Shared(EmbeddedNode.start(directory.resolve("data"), Map.of()), directory);
            } catch (IOException | NodeStartException failed) {
                throw new ParameterResolutionException("no node could be started: " + failed.getMessage(), failed);
            }
        }

        @Override
        public void close() throws IOException {
            node.close();
            try (Stream<Path> files = Files.walk(directory)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return GIVES.contains(parameter.getParameter().getType());
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        String bootstrapServers = context.getRoot()
                .getStore(NAMESPACE)
                .getOrComputeIfAbsent(Shared.class, _ -> Shared.start(), Shared.class)
                .node()
                .bootstrapServers();
        Class<?> wanted = parameter.getParameter().getType();
        if (wanted == TestNode.class) {
            return new TestNode(bootstrapServers);
        }
        StreamClient client = context.getStore(NAMESPACE)
                .getOrComputeIfAbsent(
                        StreamClient.class, _ -> StreamClient.connect(bootstrapServers), StreamClient.class);
        return wanted == StreamClient.class ? client : newTopic(client, context);
    }

    private static TestTopic newTopic(StreamClient client, ExtensionContext context) {
        String test = context.getTestMethod()
                .map(method -> method.getName().toLowerCase(Locale.ROOT))
                .orElse("test");
        String name = test.substring(0, Math.min(test.length(), 100)).replaceAll("[^a-z0-9._-]", "-") + "-"
                + TOPICS.incrementAndGet();
        try {
            client.admin()
                    .createTopic(NewTopic.named(name).withPartitions(PARTITIONS))
                    .toCompletableFuture()
                    .get(TOPIC_LIMIT_SECONDS, TimeUnit.SECONDS);
            return new TestTopic(name, PARTITIONS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new ParameterResolutionException("interrupted", interrupted);
        } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException failed) {
            throw new ParameterResolutionException("topic " + name + " could not be created", failed);
        }
    }
}
