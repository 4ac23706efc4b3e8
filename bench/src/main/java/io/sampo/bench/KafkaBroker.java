package io.sampo.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Uuid;

/// Apache Kafka in KRaft combined mode with the JVM flags of its own start script and otherwise its own defaults.
final class KafkaBroker implements Broker {
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

    private final BrokerProcess process;
    private final Path libraries;
    private final int port;
    private final int controllerPort;
    private boolean formatted;

    KafkaBroker(Path libraries, Path directory) throws IOException {
        this.libraries = libraries;
        this.port = BrokerProcess.freePort();
        this.controllerPort = BrokerProcess.freePort();
        this.process = new BrokerProcess(directory, port);
    }

    @Override
    public String name() {
        return "kafka";
    }

    @Override
    public void start() throws IOException, InterruptedException {
        Path config = process.directory().resolve("server.properties");
        if (!formatted) {
            Files.writeString(config, properties());
            Files.writeString(process.directory().resolve("log4j2.xml"), LOGGING);
            List<String> format = java(List.of("-Xmx256m"));
            format.addAll(List.of(
                    "kafka.tools.StorageTool", "format", "-t", Uuid.randomUuid().toString(), "-c", config.toString()));
            Process formatting = new ProcessBuilder(format)
                    .redirectErrorStream(true)
                    .redirectOutput(
                            process.directory().resolve("format-output.txt").toFile())
                    .start();
            if (formatting.waitFor() != 0) {
                throw new IOException("Kafka's storage could not be formatted:\n"
                        + Files.readString(process.directory().resolve("format-output.txt")));
            }
            formatted = true;
        }
        List<String> command = java(JVM_FLAGS);
        command.addAll(List.of("kafka.Kafka", config.toString()));
        process.start(command, Map.of());
    }

    private List<String> java(List<String> flags) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(flags);
        command.add("-Dlog4j2.configurationFile=" + process.directory().resolve("log4j2.xml"));
        command.add("-cp");
        command.add(libraries + "/*");
        return command;
    }

    private String properties() {
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
                """.formatted(port, controllerPort, dataDirectory());
    }

    @Override
    public String address() {
        return process.address();
    }

    @Override
    public long pid() {
        return process.pid();
    }

    @Override
    public void kill() throws InterruptedException {
        process.kill();
    }

    @Override
    public void stop() throws InterruptedException {
        process.stop();
    }

    @Override
    public Path dataDirectory() {
        return process.directory().resolve("data");
    }

    @Override
    public Map<String, String> topicConfigs(Durability durability) {
        return durability == Durability.SYNCED ? Map.of("flush.messages", "1") : Map.of();
    }

    @Override
    public void close() throws IOException {
        process.close();
    }

    private static final String LOGGING = """
            <Configuration status="ERROR">
              <Appenders><Console name="out"><PatternLayout pattern="%d %p %m (%c)%n"/></Console></Appenders>
              <Loggers><Root level="WARN"><AppenderRef ref="out"/></Root></Loggers>
            </Configuration>
            """;
}
