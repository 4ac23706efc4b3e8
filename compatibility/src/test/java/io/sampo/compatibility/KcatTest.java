package io.sampo.compatibility;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.compatibility.broker.BrokerUnderTest;
import io.sampo.compatibility.broker.ChildProcess;
import io.sampo.compatibility.broker.SharedBroker;
import io.sampo.compatibility.broker.Tools;
import io.sampo.compatibility.scenario.Check;
import io.sampo.compatibility.scenario.Payload;
import io.sampo.compatibility.scenario.ScenarioClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// kcat, and with it librdkafka as Debian packages it.
@ExtendWith(SharedBroker.class)
final class KcatTest {
    private static final Duration DEADLINE = Duration.ofSeconds(45);

    private final BrokerUnderTest broker;
    private final ScenarioClient client;

    KcatTest(BrokerUnderTest broker) {
        this.broker = broker;
        this.client = new ScenarioClient(broker.bootstrap());
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "gzip", "snappy", "lz4", "zstd"})
    void producesAndConsumesEveryLineInOrder(String codec) throws Exception {
        String topic = client.createTopic("kcat-" + codec, 1, Map.of());
        List<String> lines = IntStream.range(0, 2_000)
                .mapToObj(i -> "key-" + i + ":value-" + i + "-".repeat(i % 40))
                .toList();
        kcat(lines, "-P", "-t", topic, "-p", "0", "-K:", "-z", codec, "-H", "origin=kcat");
        List<String> read =
                kcat(List.of(), "-C", "-t", topic, "-p", "0", "-o", "beginning", "-e", "-f", "%o %h %k:%s\n");
        List<String> expected = IntStream.range(0, 2_000)
                .mapToObj(i -> i + " origin=kcat " + lines.get(i))
                .toList();
        assertSameLines(expected, read);
    }

    @Test
    void createsATopicByAskingForItsMetadata() {
        String topic = ScenarioClient.unique("kcat-auto");
        kcat(List.of("first"), "-P", "-t", topic, "-X", "enable.idempotence=true");
        assertEquals(List.of("first"), kcat(List.of(), "-C", "-t", topic, "-o", "beginning", "-e"));
    }

    @Test
    void listsTheClusterWithTheDialledAddress() throws Exception {
        String topic = client.createTopic("kcat-list", 3, Map.of());
        List<String> lines = kcat(List.of(), "-L", "-t", topic);
        assertTrue(lines.stream().anyMatch(line -> line.contains(" at " + broker.bootstrap())), lines::toString);
        assertTrue(lines.stream().anyMatch(line -> line.contains("with 3 partitions")), lines::toString);
    }

    @Test
    void findsAnOffsetByTime() throws Exception {
        String topic = client.createTopic("kcat-time", 1, Map.of());
        kcat(List.of("a", "b"), "-P", "-t", topic, "-p", "0");
        List<String> found = kcat(List.of(), "-Q", "-t", topic + ":0:1000");
        assertEquals(List.of(topic + " [0] offset 0"), found);
    }

    /// A killed member sends no LeaveGroup: only its session timeout frees its partitions.
    @Test
    void aKilledGroupMembersPartitionsGoToTheOther(@TempDir Path dir) throws Exception {
        String topic = client.createTopic("kcat-group", 4, Map.of());
        String groupId = ScenarioClient.unique("kcat-group");
        try (ChildProcess first = groupMember(groupId, topic, dir.resolve("first"));
                ChildProcess second = groupMember(groupId, topic, dir.resolve("second"))) {
            Check.eventually(
                    DEADLINE, "both members own two partitions", () -> owned(first) == 2 && owned(second) == 2);
            first.kill();
            Check.eventually(DEADLINE, "the other owns all four", () -> owned(second) == 4);
            for (int partition = 0; partition < 4; partition++) {
                kcat(List.of("to-" + partition), "-P", "-t", topic, "-p", "" + partition);
            }
            Check.eventually(
                    DEADLINE,
                    "the other reads all four",
                    () -> IntStream.range(0, 4)
                            .allMatch(partition -> second.output().lines().anyMatch(("to-" + partition)::equals)));
        }
    }

    private ChildProcess groupMember(String groupId, String topic, Path output) {
        List<String> command = List.of(
                Tools.program("kcat"),
                "-b",
                broker.bootstrap(),
                "-G",
                groupId,
                "-X",
                "session.timeout.ms=6000",
                "-X",
                "heartbeat.interval.ms=500",
                "-X",
                "auto.offset.reset=earliest",
                "-u",
                topic);
        return ChildProcess.start(command, Map.of(), output);
    }

    /// How many partitions the last rebalance that kcat told of gave to it: its line ends with `assigned: t [0], t
    /// [1]`.
    private static long owned(ChildProcess member) {
        List<String> rebalances = member.output()
                .lines()
                .filter(line -> line.contains("rebalanced"))
                .toList();
        return rebalances.isEmpty() || !rebalances.getLast().contains("assigned:")
                ? 0
                : rebalances.getLast().chars().filter(c -> c == '[').count();
    }

    private List<String> kcat(List<String> input, String... args) {
        byte[] bytes = Payload.bytes(input.stream().map(line -> line + "\n").collect(Collectors.joining()));
        ChildProcess.Outcome outcome = ChildProcess.run(command(args), Map.of(), bytes, DEADLINE);
        assertEquals(0, outcome.exitCode(), outcome::output);
        return outcome.lines();
    }

    /// Names the first line that differs; thousands of lines in a message help nobody.
    private static void assertSameLines(List<String> expected, List<String> actual) {
        for (int i = 0; i < Math.min(expected.size(), actual.size()); i++) {
            assertEquals(expected.get(i), actual.get(i), "line " + i);
        }
        assertEquals(expected.size(), actual.size(), "number of lines");
    }

    private List<String> command(String... args) {
        return Stream.concat(Stream.of(Tools.program("kcat"), "-q", "-b", broker.bootstrap()), Stream.of(args))
                .toList();
    }
}
