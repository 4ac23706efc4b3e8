package io.sampo.compatibility;

import io.sampo.compatibility.broker.ChildProcess;
import io.sampo.streams.Codec;
import io.sampo.streams.Group;
import io.sampo.streams.StreamClient;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// A member of a group in a process of its own, to be killed or paused: says what it handles before it counts
/// as handled.
final class GroupWorker implements AutoCloseable {
    private static final String HANDLED = "handled ";

    private final ChildProcess process;

    private GroupWorker(ChildProcess process) {
        this.process = process;
    }

    /// @param settings of the client, `bootstrap.servers` among them
    static GroupWorker start(Path directory, String topic, String group, Map<String, String> settings) {
        List<String> arguments = new ArrayList<>(List.of(topic, group));
        settings.forEach((name, value) -> arguments.add(name + "=" + value));
        return new GroupWorker(ChildProcess.start(
                ChildProcess.java(
                        List.of("-Xmx128m", "-XX:TieredStopAtLevel=1"),
                        System.getProperty("java.class.path"),
                        GroupWorker.class.getName(),
                        arguments),
                Map.of(),
                directory.resolve("worker-" + System.nanoTime() + ".out")));
    }

    /// The process itself: topic, group, settings.
    public static void main(String[] arguments) {
        Map<String, String> settings = Arrays.stream(arguments)
                .skip(2)
                .map(setting -> setting.split("=", 2))
                .collect(Collectors.toMap(setting -> setting[0], setting -> setting[1]));
        StreamClient client = StreamClient.connect(settings);
        client.topic(arguments[0], Codec.utf8(), Codec.int64())
                .consume(Group.named(arguments[1]))
                .handle(event -> System.out.println(HANDLED + event.value()))
                .completion()
                .toCompletableFuture()
                .join();
    }

    /// Everything that it has handled so far.
    List<Long> handled() {
        String output = process.output();
        // The last line may be cut off.
        return output.substring(0, output.lastIndexOf('\n') + 1)
                .lines()
                .filter(line -> line.startsWith(HANDLED))
                .map(line -> Long.valueOf(line.substring(HANDLED.length())))
                .toList();
    }

    /// Ends it without a word to anybody.
    void kill() {
        process.kill();
    }

    void pause() throws Exception {
        signal("-STOP");
    }

    void resume() throws Exception {
        signal("-CONT");
    }

    private void signal(String name) throws Exception {
        int exitCode = new ProcessBuilder("kill", name, Long.toString(process.pid()))
                .start()
                .waitFor();
        if (exitCode != 0) {
            throw new AssertionError("kill " + name + " failed");
        }
    }

    @Override
    public void close() {
        process.close();
    }
}
