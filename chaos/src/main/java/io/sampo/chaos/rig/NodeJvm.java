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
/// @param flags heap, collector and compiler
public record NodeJvm(@Nullable Path jar, String bugs, boolean shiftsClock, List<String> flags) {
    private static final String FLAGS = "--sun-misc-unsafe-memory-access=allow --enable-native-access=ALL-UNNAMED";

    /// Of which several fit on a small machine beside their clients.
    private static final List<String> SMALL = List.of(
            "-Xmx320m",
            "-XX:+UseSerialGC",
            "-XX:ActiveProcessorCount=1",
            "-XX:-UsePerfData",
            "-XX:+ExitOnOutOfMemoryError",
            "-XX:TieredStopAtLevel=1");

    public NodeJvm(@Nullable Path jar, String bugs, boolean shiftsClock) {
        this(jar, bugs, shiftsClock, SMALL);
    }

    /// The product as its launcher starts it (the property `sampo.node.flags`), but for the heap.
    public static NodeJvm product(Path jar, String heap) {
        List<String> flags = new ArrayList<>(List.of("-Xms128m", "-Xmx" + heap));
        flags.addAll(List.of(System.getProperty("sampo.node.flags", "-XX:+UseParallelGC -XX:+ExitOnOutOfMemoryError")
                .strip()
                .split("\\s+")));
        return new NodeJvm(jar, "", false, flags);
    }

    /// @param settingsFile of the node, in the form of Kafka's server.properties
    /// @param properties system properties of the node
    List<String> command(Path settingsFile, Map<String, String> properties) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(flags);
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
