package io.sampo.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Jars of other people's programs, resolved once by Maven with their own dependency versions.
final class Libraries {
    private Libraries() {}

    /// Apache Kafka's server (bench/kafka/pom.xml).
    static Path kafka(Path home, PrintWriter console) throws IOException, InterruptedException {
        return resolve(home.resolve("bench/kafka"), "Apache Kafka", console);
    }

    /// Pekko Connectors Kafka (bench/connectors/pom.xml).
    static Path connectors(Path home, PrintWriter console) throws IOException, InterruptedException {
        return resolve(home.resolve("bench/connectors"), "Pekko Connectors Kafka", console);
    }

    private static Path resolve(Path project, String what, PrintWriter console)
            throws IOException, InterruptedException {
        Path libraries = project.resolve("target/libs");
        if (!Files.isDirectory(libraries)) {
            console.println("Fetching " + what + " (once)");
            console.flush();
            Path log = Files.createTempFile("sampo-bench", ".log");
            Process maven = new ProcessBuilder(List.of("mvn", "-B", "-ntp", "-q", "package"))
                    .directory(project.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            if (maven.waitFor() != 0) {
                throw new IOException(what + " could not be fetched:\n" + Files.readString(log));
            }
            Files.delete(log);
        }
        return libraries;
    }
}
