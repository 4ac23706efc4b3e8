package io.sampo.compatibility.broker;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;

/// Where the build laid out other versions of Kafka: jars that must never meet on one class path.
public final class KafkaLibraries {
    private KafkaLibraries() {}

    /// Apache Kafka's server and command-line tools with their own clients.
    public static String classPath() {
        return allJarsIn(Path.of("kafka-server", "target", "lib"));
    }

    /// The server of Apache Kafka 2.8, and [OldKafka] to start it.
    public static String oldServerClassPath() {
        return allJarsIn(Path.of("kafka-server-2.8", "target", "lib"))
                + File.pathSeparator
                + Path.of(System.getProperty("basedir", "."), "target", "test-classes")
                        .toAbsolutePath();
    }

    /// One old version of kafka-clients with its codecs.
    public static String clientClassPath(String version) {
        return allJarsIn(Path.of("target", "clients", version));
    }

    private static String allJarsIn(Path relative) {
        Path directory =
                Path.of(System.getProperty("basedir", ".")).resolve(relative).toAbsolutePath();
        if (!Files.isDirectory(directory)) {
            throw new AssertionError(directory + " is missing; run the tests through Maven, whole: mvn verify");
        }
        return directory + "/*";
    }
}
