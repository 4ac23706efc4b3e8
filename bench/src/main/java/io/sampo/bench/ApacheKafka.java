package io.sampo.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Uuid;

/// Apache Kafka in KRaft combined mode with the JVM flags of its own start script and otherwise its own defaults.
///
/// @param libraries the folder of its jars
record ApacheKafka(Path libraries) implements Product {
    /// As `bin/kafka-server-start.sh` and `bin/kafka-run-class.sh` of 4.3 set them.
    private static final List<String> JVM_FLAGS = List.of(
            "-Xmx1G",
            "-Xms1G",
            "-server",
            "-XX:+UseG1GC",
            "-XX:MaxGCPauseMillis=20",
            "-XX:InitiatingHeapOccupancyPercent=35",
            "-XX:+ExplicitGCInvokesConcurrent",
            "-Djava.awt.headless=true");

    @Override
    public String name() {
        return "kafka";
    }

    @Override
    public List<String> startCommand(Path directory, Path dataDirectory, int port)
            throws IOException, InterruptedException {
        Path config = directory.resolve("server.properties");
        if (!Files.exists(config)) {
            Files.writeString(directory.resolve("log4j2.xml"), LOGGING);
            Files.writeString(config, properties(dataDirectory, port, Broker.freePort()));
            format(directory, config);
        }
        List<String> command = java(directory, JVM_FLAGS);
        command.addAll(List.of("kafka.Kafka", config.toString()));
        return command;
    }

    private void format(Path directory, Path config) throws IOException, InterruptedException {
        Path output = directory.resolve("format-output.txt");
        List<String> command = java(directory, List.of("-Xmx256m"));
        command.addAll(List.of(
                "kafka.tools.StorageTool", "format", "-t", Uuid.randomUuid().toString(), "-c", config.toString()));
        Process formatting = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        if (formatting.waitFor() != 0) {
            throw new IOException("Kafka's storage could not be formatted:\n" + Files.readString(output));
        }
    }

    private List<String> java(Path directory, List<String> flags) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(flags);
        command.add("-Dlog4j2.configurationFile=" + directory.resolve("log4j2.xml"));
        command.add("-cp");
        command.add(libraries + "/*");
        return command;
    }

    private static String properties(Path dataDirectory, int port, int controllerPort) {
        return """
                process.roles=broker,controller
                node.id=1
                controller.quorum.voters=1@127.0.0.1:%2$d
                controller.listener.names=CONTROLLER
                listeners=PLAINTEXT://127.0.0.1:%1$d,CONTROLLER://127.0.0.1:%2$d
                advertised.listeners=PLAINTEXT://127.0.0.1:%1$d
                log.dirs=%3$s
                offsets.topic.replication.factor=1
                transaction.state.log.replication.factor=1
                transaction.state.log.min.isr=1
                group.initial.rebalance.delay.ms=0
                """.formatted(port, controllerPort, dataDirectory);
    }

    @Override
    public Map<String, String> topicConfigs(Durability durability) {
        return durability == Durability.SYNCED ? Map.of("flush.messages", "1") : Map.of();
    }

    private static final String LOGGING = """
            <Configuration status="ERROR">
              <Appenders><Console name="out"><PatternLayout pattern="%d %p %m (%c)%n"/></Console></Appenders>
              <Loggers><Root level="WARN"><AppenderRef ref="out"/></Root></Loggers>
            </Configuration>
            """;
}
