package io.sampo.config;

import io.sampo.chaos.power.PowerLossFiles;
import io.sampo.core.partition.PlantedBugs;
import io.sampo.persistence.log.FileOps;
import io.sampo.persistence.log.FilePartitionLogs;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;

/// A node as the fault tests start it: the product's own, on a machine that can lose its power, with bugs when a
/// test of the checker plants some. `ChaosNode SETTINGS-FILE`, with system properties:
/// - `sampo.chaos.bugs`: names of [io.sampo.core.partition.Mutation]s;
/// - `sampo.chaos.unsynced`: where to note what a loss of power would take; none: power cannot be lost;
/// - `sampo.chaos.logs`: where logs go, apart from the data, which faults remove;
/// - `sampo.chaos.boot.id`: of the machine, changed by each loss of power.
public final class ChaosNode {
    private ChaosNode() {}

    public static void main(String[] args) throws Exception {
        System.setProperty("logback.configurationFile", "logback-node.xml");
        NodeOptions options = NodeOptions.read(Path.of(args[0]), null, null, Map.of());
        System.setProperty(
                "sampo.log.dir",
                System.getProperty(
                        "sampo.chaos.logs",
                        options.dataDirectory().resolve("logs").toString()));
        // Logging begins with the first class that has a logger, so this comes after saying where.
        PlantedBugs.plant(System.getProperty("sampo.chaos.bugs", ""));
        String unsynced = System.getProperty("sampo.chaos.unsynced", "");
        FileOps files = unsynced.isEmpty() ? FileOps.SYSTEM : new PowerLossFiles(Path.of(unsynced));
        String bootId = System.getProperty("sampo.chaos.boot.id", FilePartitionLogs.bootIdOfThisMachine());
        int exitCode = NodeProcess.run(
                options,
                new NodeEnvironment(files, bootId),
                new PrintWriter(System.out, false, StandardCharsets.UTF_8),
                new PrintWriter(System.err, false, StandardCharsets.UTF_8));
        System.exit(exitCode);
    }
}
