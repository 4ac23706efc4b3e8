package io.sampo.chaos;

import io.sampo.chaos.fault.FaultKind;
import io.sampo.chaos.rig.Loopback;
import io.sampo.chaos.rig.Network;
import io.sampo.chaos.rig.NodeJvm;
import io.sampo.chaos.workload.Workload;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// Short runs, as tests make them.
final class Runs {
    private Runs() {}

    static ChaosRun.Result of(Path directory, int nodes, List<FaultKind> faults, int seconds, String bugs)
            throws IOException {
        return of(new Loopback(), directory, nodes, faults, seconds, bugs);
    }

    static ChaosRun.Result of(
            Network network, Path directory, int nodes, List<FaultKind> faults, int seconds, String bugs)
            throws IOException {
        ChaosRun.Plan plan = new ChaosRun.Plan(
                directory.resolve("run"),
                1,
                nodes,
                faults,
                seconds * 1_000L,
                5_000,
                30_000,
                new NodeJvm(null, bugs, false),
                new Workload.Shape(3, Math.min(3, nodes), 2, 200, nodes == 1 ? 2 : 1),
                Map.of());
        return new ChaosRun(plan, network, System.out::println).run();
    }
}
