package io.sampo.chaos.rig;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// How the JVM of a node is started: which code, which heap.
///
/// @param jar the product's own jar and main class; null: this module's class path and its own main class, which
///     knows planted bugs and loss of power
/// @param bugs names of planted bugs, separated by commas; empty for none
/// @param shiftsClock the wall clock can be shifted ([ClockShift])
public record NodeJvm(@Nullable Path jar, String bugs, boolean shiftsClock) {
    private static final String FLAGS = "--sun-misc-unsafe-memory-access=allow --enable-native-access=ALL-UNNAMED";

    /// @param settingsFile of the node, in the form of Kafka's server.properties
    /// @param properties system properties of the node
    List<String> command(Path settingsFile, Map<String, String> properties) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(
                "-Xmx320m",
                "-XX:+UseSerialGC",
                "-XX:ActiveProcessorCount=1",
                "-XX:-UsePerfData",
                "-XX:+ExitOnOutOfMemoryError",
                "-XX:TieredStopAtLevel=1"));
        command.addAll(
                List.of(System.getProperty("sampo.jvm.flags", FLAGS).strip().split("\\s+")));
        properties.forEach((name, value) -> command.add("-D" + name + "=" + value));
        if (jar != null) {
            command.addAll(List.of("-jar", jar.toString(), "up", "--config", settingsFile.toString()));
        } else {
            command.add("-Dsampo.chaos.bugs=" + bugs);
            command.addAll(List.of(
                    "-cp",
                    System.getProperty("java.class.path"),
                    "io.sampo.config.ChaosNode",
                    settingsFile.toString()));
        }
        return command;
    }

    /// Whether the node can lose its power.
    boolean hasPower() {
        return jar == null;
    }
}
