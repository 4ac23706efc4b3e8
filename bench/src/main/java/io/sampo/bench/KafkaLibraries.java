package io.sampo.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Apache Kafka's jars, resolved once by Maven with Kafka's own dependency versions (bench/kafka/pom.xml).
final class KafkaLibraries {
    private KafkaLibraries() {}

    static Path resolve(Path home, PrintWriter console) throws IOException, InterruptedException {
        Path project = home.resolve("bench/kafka");
        Path libraries = project.resolve("target/libs");
        if (!Files.isDirectory(libraries)) {
            console.println("Fetching Apache Kafka (once)");
            console.flush();
            Path log = Files.createTempFile("sampo-bench-kafka", ".log");
            Process maven = new ProcessBuilder(List.of("mvn", "-B", "-ntp", "-q", "package"))
                    .directory(project.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            if (maven.waitFor() != 0) {
                throw new IOException("Apache Kafka could not be fetched:\n" + Files.readString(log));
            }
            Files.delete(log);
        }
        return libraries;
    }
}
