package io.sampo.compatibility.broker;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// How the process of a broker is started; the system property `broker` chooses (`sampo` unless told otherwise).
public enum BrokerKind {
    /// The node's own main class on the class path of cluster-config; with `-Dsampo.launcher=PATH` the launcher
    /// instead, which adds its flags and its start-up cache.
    SAMPO {
        @Override
        List<String> command(int port, Path dataDir, Map<String, String> settings, String heap) {
            List<String> args = new ArrayList<>(List.of("up", "--port", "" + port, "--data", dataDir.toString()));
            settings.forEach((key, value) -> args.addAll(List.of("--set", key + "=" + value)));
            String launcher = System.getProperty("sampo.launcher", "");
            if (!launcher.isEmpty()) {
                return Stream.concat(Stream.of("env", "SAMPO_HEAP_OPTS=" + heap, launcher), args.stream())
                        .toList();
            }
            return ChildProcess.java(
                    List.of(heap, "-XX:+UseCompactObjectHeaders", "-XX:+ExitOnOutOfMemoryError"),
                    nodeClassPath(),
                    "io.sampo.config.Main",
                    args);
        }
    },

    /// Apache Kafka itself as a single KRaft node, to prove that the tests ask for nothing but what Kafka does.
    KAFKA {
        @Override
        List<String> command(int port, Path dataDir, Map<String, String> settings, String heap) {
            Path properties = dataDir.resolveSibling(dataDir.getFileName() + ".properties");
            if (!Files.exists(properties)) {
                write(properties, kafkaProperties(port, dataDir, settings));
                format(properties);
            }
            return ChildProcess.java(
                    List.of(heap), KafkaLibraries.classPath(), "kafka.Kafka", List.of(properties.toString()));
        }
    },

    /// The oldest Apache Kafka that the stream client speaks with; its ZooKeeper gets another port with each start.
    KAFKA_2_8 {
        @Override
        List<String> command(int port, Path dataDir, Map<String, String> settings, String heap) {
            int zooKeeperPort = FreePort.next();
            Path zooKeeper = dataDir.resolveSibling("zookeeper.properties");
            write(
                    zooKeeper,
                    lines(Map.of(
                            "clientPort", "" + zooKeeperPort,
                            "clientPortAddress", "127.0.0.1",
                            "dataDir", dataDir + "-zookeeper")));
            Path properties = dataDir.resolveSibling(dataDir.getFileName() + ".properties");
            write(properties, oldKafkaProperties(port, dataDir, zooKeeperPort, settings));
            return ChildProcess.java(
                    List.of(heap),
                    KafkaLibraries.oldServerClassPath(),
                    OldKafka.class.getName(),
                    List.of(zooKeeper.toString(), properties.toString()));
        }
    };

    /// The command line that serves clients on 127.0.0.1:`port`; may prepare `dataDir` when it is new.
    abstract List<String> command(int port, Path dataDir, Map<String, String> settings, String heap);

    public static BrokerKind chosen() {
        return valueOf(System.getProperty("broker", "sampo").toUpperCase(java.util.Locale.ROOT));
    }

    /// This JVM's class path without the tests and their libraries.
    private static String nodeClassPath() {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry ->
                        !entry.contains("test-classes") && !entry.contains("junit") && !entry.contains("jqwik"))
                .collect(Collectors.joining(File.pathSeparator));
    }

    private static String kafkaProperties(int port, Path dataDir, Map<String, String> settings) {
        int controllerPort = FreePort.next();
        Map<String, String> properties = new TreeMap<>();
        properties.put("process.roles", "broker,controller");
        properties.put("node.id", "1");
        properties.put("controller.quorum.voters", "1@127.0.0.1:" + controllerPort);
        properties.put("listeners", "PLAINTEXT://127.0.0.1:" + port + ",CONTROLLER://127.0.0.1:" + controllerPort);
        properties.put("controller.listener.names", "CONTROLLER");
        properties.put("log.dirs", dataDir.toString());
        for (String topic : Arrays.asList("offsets.topic", "transaction.state.log", "share.coordinator.state.topic")) {
            properties.put(topic + ".replication.factor", "1");
        }
        properties.put("transaction.state.log.min.isr", "1");
        properties.put("share.coordinator.state.topic.min.isr", "1");
        properties.put("group.initial.rebalance.delay.ms", "0");
        properties.putAll(settings);
        return lines(properties);
    }

    private static String oldKafkaProperties(int port, Path dataDir, int zooKeeperPort, Map<String, String> settings) {
        Map<String, String> properties = new TreeMap<>();
        properties.put("broker.id", "1");
        properties.put("zookeeper.connect", "127.0.0.1:" + zooKeeperPort);
        properties.put("listeners", "PLAINTEXT://127.0.0.1:" + port);
        properties.put("log.dirs", dataDir.toString());
        properties.put("offsets.topic.replication.factor", "1");
        properties.put("transaction.state.log.replication.factor", "1");
        properties.put("transaction.state.log.min.isr", "1");
        properties.put("group.initial.rebalance.delay.ms", "0");
        properties.putAll(settings);
        return lines(properties);
    }

    private static String lines(Map<String, String> properties) {
        return properties.entrySet().stream()
                .map(entry -> entry.getKey() + "=" + entry.getValue() + "\n")
                .collect(Collectors.joining());
    }

    private static void format(Path properties) {
        ChildProcess.Outcome outcome = ChildProcess.run(
                ChildProcess.java(
                        List.of("-Xmx256m", "-XX:TieredStopAtLevel=1"),
                        KafkaLibraries.classPath(),
                        "kafka.tools.StorageTool",
                        List.of("format", "-t", "c2FtcG8tY29tcGF0aWJpbA", "-c", properties.toString())),
                Map.of(),
                new byte[0],
                Duration.ofSeconds(60));
        if (outcome.exitCode() != 0) {
            throw new AssertionError("kafka.tools.StorageTool failed: " + outcome.output());
        }
    }

    private static void write(Path file, String content) {
        try {
            Files.writeString(file, content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
