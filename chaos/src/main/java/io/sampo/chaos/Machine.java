package io.sampo.chaos;

import io.sampo.chaos.fault.FaultKind;
import io.sampo.chaos.fault.FaultKind.Need;
import io.sampo.chaos.rig.ClockShift;
import io.sampo.chaos.rig.Loopback;
import io.sampo.chaos.rig.Namespaces;
import io.sampo.chaos.rig.Network;
import io.sampo.chaos.rig.Shell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// What this machine lets the fault tests do.
final class Machine {
    private final Map<Need, String> missing = new EnumMap<>(Need.class);
    private final boolean namespaces;

    /// @param loopback do not use network namespaces
    Machine(int nodes, boolean loopback, boolean ownMainClass) throws IOException {
        String noNamespaces = loopback ? "loopback asked for" : Namespaces.missing();
        this.namespaces = noNamespaces.isEmpty();
        if (nodes < 3) {
            missing.put(Need.CLUSTER, "needs 3 nodes");
            missing.put(Need.REPLICAS, "needs 3 nodes");
            missing.put(Need.NETWORK, "needs 3 nodes");
            missing.put(Need.NETEM, "needs 3 nodes");
        } else if (!namespaces) {
            missing.put(Need.NETWORK, noNamespaces);
            missing.put(Need.NETEM, noNamespaces);
        } else if (!hasNetem()) {
            missing.put(Need.NETEM, "this kernel has no netem");
        }
        if (!Shell.works(
                "mount",
                "-t",
                "tmpfs",
                "-o",
                "size=1m",
                "sampo-chaos",
                probeDirectory().toString())) {
            missing.put(Need.TMPFS, "no right to mount a tmpfs");
        } else {
            Shell.run("umount", probeDirectory().toString());
        }
        if (!ClockShift.isPossible()) {
            missing.put(Need.CLOCK, "no C compiler (apt-get install gcc libc6-dev)");
        }
        if (!ownMainClass) {
            missing.put(Need.POWER, "the product's own jar does not lose its power");
        }
    }

    private static Path probeDirectory() throws IOException {
        Path directory = Path.of(System.getProperty("java.io.tmpdir"), "sampo-chaos-probe");
        Files.createDirectories(directory);
        return directory;
    }

    private static boolean hasNetem() {
        String probe = "sampo-chaos-netem-" + ProcessHandle.current().pid();
        try {
            return Shell.works("ip", "netns", "add", probe)
                    && Shell.works("ip", "-n", probe, "link", "set", "lo", "up")
                    && Shell.works("ip", "netns", "exec", probe, "tc", "qdisc", "add", "dev", "lo", "root", "netem");
        } finally {
            Shell.works("ip", "netns", "del", probe);
        }
    }

    /// What the fault lacks here; empty when it is possible.
    String missing(FaultKind kind) {
        return missing.getOrDefault(kind.need(), "");
    }

    boolean hasNamespaces() {
        return namespaces;
    }

    List<FaultKind> possible() {
        return Stream.of(FaultKind.values())
                .filter(kind -> missing(kind).isEmpty())
                .toList();
    }

    Network network(int nodes) throws IOException {
        return namespaces ? Namespaces.create(nodes) : new Loopback();
    }
}
