package io.sampo.compatibility;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.compatibility.broker.BrokerUnderTest;
import io.sampo.compatibility.broker.ChildProcess;
import io.sampo.compatibility.broker.KafkaLibraries;
import io.sampo.compatibility.broker.SharedBroker;
import io.sampo.compatibility.scenario.Payload;
import io.sampo.compatibility.scenario.ScenarioClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// The command-line tools that Apache Kafka ships, run as kafka-topics.sh and its like run them.
@ExtendWith(SharedBroker.class)
final class StockToolsTest {
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final String TOOLS = "org.apache.kafka.tools.";

    private final BrokerUnderTest broker;
    private final ScenarioClient client;

    StockToolsTest(BrokerUnderTest broker) {
        this.broker = broker;
        this.client = new ScenarioClient(broker.bootstrap());
    }

    @Test
    void kafkaTopicsCreatesListsDescribesAltersAndDeletes() {
        String topic = ScenarioClient.unique("tools");
        assertContains(
                "Created topic " + topic,
                topics("--create", "--topic", topic, "--partitions", "2", "--config", "retention.ms=3600000"));
        assertTrue(topics("--list").lines().anyMatch(topic::equals));
        topics("--alter", "--topic", topic, "--partitions", "4");
        String described = topics("--describe", "--topic", topic);
        assertContains("PartitionCount: 4", described);
        assertContains("retention.ms=3600000", described);
        assertEquals(
                4, described.lines().filter(line -> line.contains("Leader: ")).count(), described);
        topics("--delete", "--topic", topic);
        assertTrue(topics("--list").lines().noneMatch(topic::equals));
    }

    @Test
    void kafkaConfigsDescribesAndAlters() throws Exception {
        String topic = client.createTopic("tools-configs", 1, Map.of());
        assertContains(
                "Completed updating config",
                configs(
                        "--alter",
                        "--entity-type",
                        "topics",
                        "--entity-name",
                        topic,
                        "--add-config",
                        "retention.ms=777000"));
        assertContains("retention.ms=777000", configs("--describe", "--entity-type", "topics", "--entity-name", topic));
        String all = configs("--describe", "--all", "--entity-type", "topics", "--entity-name", topic);
        assertContains("segment.bytes=1073741824", all);
        configs("--alter", "--entity-type", "topics", "--entity-name", topic, "--delete-config", "retention.ms");
    }

    @Test
    void consoleToolsProduceAndConsumeAndKafkaConsumerGroupsTellsAndResets() throws Exception {
        String topic = client.createTopic("tools-console", 1, Map.of());
        String groupId = ScenarioClient.unique("tools-group");
        String lines = IntStream.range(0, 100)
                .mapToObj(i -> "k" + i + "\tv" + i + "\n")
                .collect(Collectors.joining());
        tool(lines, TOOLS + "ConsoleProducer", bootstrap("--topic", topic, "--reader-property", "parse.key=true"));
        String consumed = tool(
                "",
                TOOLS + "consumer.ConsoleConsumer",
                bootstrap(
                        "--topic",
                        topic,
                        "--group",
                        groupId,
                        "--from-beginning",
                        "--max-messages",
                        "60",
                        "--formatter-property",
                        "print.key=true"));
        List<String> expected = lines.lines().limit(60).toList();
        assertEquals(
                expected, consumed.lines().filter(line -> line.startsWith("k")).toList());

        assertTrue(groups("--list").lines().anyMatch(groupId::equals));
        String described = groups("--describe", "--group", groupId);
        assertTrue(described.lines().anyMatch(line -> line.matches(".*" + topic + " +0 +60 +100 +40 .*")), described);
        groups("--reset-offsets", "--group", groupId, "--topic", topic, "--to-earliest", "--execute");
        String reset = groups("--describe", "--group", groupId, "--offsets");
        assertTrue(reset.lines().anyMatch(line -> line.matches(".*" + topic + " +0 +0 +100 +100 .*")), reset);
        assertContains("was successful", groups("--delete", "--group", groupId));
    }

    @Test
    void kafkaGetOffsetsAndDeleteRecordsAgree(@TempDir Path dir) throws Exception {
        String topic = client.createTopic("tools-offsets", 1, Map.of());
        perfProduce(topic, 1_000, 100);
        List<String> ends = tool("", TOOLS + "GetOffsetShell", bootstrap("--topic", topic))
                .lines()
                .filter(line -> line.startsWith(topic))
                .toList();
        assertEquals(List.of(topic + ":0:1000"), ends);

        Path request = dir.resolve("delete.json");
        Files.writeString(request, """
                {"version": 1, "partitions": [{"topic": "%s", "partition": 0, "offset": 7}]}
                """.formatted(topic));
        assertContains(
                "low_watermark: 7",
                tool("", TOOLS + "DeleteRecordsCommand", bootstrap("--offset-json-file", request.toString())));
        assertContains(
                topic + ":0:7",
                tool(
                        "",
                        TOOLS + "GetOffsetShell",
                        bootstrap("--topic-partitions", topic + ":0", "--time", "earliest")));
    }

    @Test
    void thePerformanceToolsMoveEveryRecord() throws Exception {
        String topic = client.createTopic("tools-perf", 4, Map.of());
        String produced = perfProduce(topic, 20_000, 200);
        assertContains("20000 records sent", produced);
        String consumed = tool(
                "",
                TOOLS + "ConsumerPerformance",
                bootstrap("--topic", topic, "--num-records", "20000", "--timeout", "20000"));
        String figures = consumed.lines()
                .filter(line -> line.startsWith("20"))
                .findFirst()
                .orElse(consumed);
        assertEquals("20000", figures.split(", ", -1)[4], consumed);
    }

    @Test
    void kafkaDumpLogReadsASegment() throws Exception {
        String topic = client.createTopic("tools-dump", 1, Map.of("compression.type", "producer"));
        perfProduce(topic, 500, 100);
        Path segment = segmentOf(topic);
        String dumped = tool(
                "",
                TOOLS + "DumpLogSegments",
                List.of("--files", segment.toString(), "--deep-iteration", "--verify-index-only"));
        assertTrue(dumped.contains("Dumping " + segment), dumped);
        assertEquals(
                500, dumped.lines().filter(line -> line.contains("| offset: ")).count(), dumped);
        assertTrue(dumped.lines().noneMatch(line -> line.contains("isvalid: false")), dumped);
        assertTrue(dumped.lines().anyMatch(line -> line.contains("isvalid: true")), dumped);
    }

    private Path segmentOf(String topic) throws IOException {
        try (Stream<Path> files = Files.walk(broker.dataDir())) {
            return files.filter(file -> file.toString().endsWith("00000000000000000000.log"))
                    .filter(file -> file.toString().contains(topic + "-0/"))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("no segment of " + topic + " in " + broker.dataDir()));
        }
    }

    private String perfProduce(String topic, int count, int recordBytes) {
        return tool(
                "",
                TOOLS + "ProducerPerformance",
                List.of(
                        "--topic",
                        topic,
                        "--num-records",
                        "" + count,
                        "--record-size",
                        "" + recordBytes,
                        "--throughput",
                        "-1",
                        "--producer-props",
                        "bootstrap.servers=" + broker.bootstrap(),
                        "acks=all"));
    }

    private String topics(String... args) {
        return tool("", TOOLS + "TopicCommand", bootstrap(args));
    }

    private String configs(String... args) {
        return tool("", "kafka.admin.ConfigCommand", bootstrap(args));
    }

    private String groups(String... args) {
        return tool("", TOOLS + "consumer.group.ConsumerGroupCommand", bootstrap(args));
    }

    private List<String> bootstrap(String... args) {
        List<String> all = new ArrayList<>(List.of("--bootstrap-server", broker.bootstrap()));
        all.addAll(List.of(args));
        return all;
    }

    private static String tool(String input, String mainClass, List<String> args) {
        List<String> jvmOptions = List.of("-Xmx192m", "-XX:TieredStopAtLevel=1", "-Xshare:auto");
        ChildProcess.Outcome outcome = ChildProcess.run(
                ChildProcess.java(jvmOptions, KafkaLibraries.classPath(), mainClass, args),
                Map.of(),
                Payload.bytes(input),
                DEADLINE);
        assertEquals(0, outcome.exitCode(), () -> mainClass + " " + args + "\n" + outcome.output());
        return outcome.output();
    }

    private static void assertContains(String expected, String actual) {
        assertTrue(actual.contains(expected), () -> "expected to contain <" + expected + ">:\n" + actual);
    }
}
