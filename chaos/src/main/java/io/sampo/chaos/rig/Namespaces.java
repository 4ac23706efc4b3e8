package io.sampo.chaos.rig;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// A network namespace for each node, joined by a bridge that the driver is on too. Needs root, `ip` and
/// `iptables`.
///
/// Names carry the driver's process id, so runs do not meet, and what a driver left behind that was killed is found
/// and removed by the next one.
public final class Namespaces implements Network {
    private static final String NAME = "sampo-chaos-";

    private final int nodes;
    private final String subnet;
    private final long pid = ProcessHandle.current().pid();

    private Namespaces(int nodes, String subnet) {
        this.nodes = nodes;
        this.subnet = subnet;
    }

    /// Why this machine cannot do it; empty when it can.
    public static String missing() {
        if (!Shell.works("ip", "netns", "list")) {
            return "no usable `ip netns` (iproute2)";
        }
        String probe = NAME + "probe-" + ProcessHandle.current().pid();
        if (!Shell.works("ip", "netns", "add", probe)) {
            return "no right to make network namespaces (needs root)";
        }
        try {
            return Shell.works("ip", "netns", "exec", probe, "iptables", "-w", "-L", "-n")
                    ? ""
                    : "no usable iptables (apt-get install iptables)";
        } finally {
            Shell.works("ip", "netns", "del", probe);
        }
    }

    public static Namespaces create(int nodes) throws IOException {
        removeLeftovers();
        Namespaces created = new Namespaces(nodes, freeSubnet());
        try {
            created.build();
        } catch (IOException failed) {
            created.close();
            throw failed;
        }
        return created;
    }

    private static String freeSubnet() throws IOException {
        String taken = Shell.run("ip", "-4", "addr", "show");
        for (int i = 1; i < 250; i++) {
            String subnet = "10.213." + i + ".";
            if (!taken.contains(" " + subnet)) {
                return subnet;
            }
        }
        throw new IOException("no free subnet in 10.213.0.0/16");
    }

    private void build() throws IOException {
        Shell.run("ip", "link", "add", bridge(), "type", "bridge");
        Shell.run("ip", "addr", "add", host(DRIVER) + "/24", "dev", bridge());
        Shell.run("ip", "link", "set", bridge(), "up");
        for (int node = 1; node <= nodes; node++) {
            String outside = "scv" + node + "-" + pid;
            Shell.run("ip", "netns", "add", namespace(node));
            Shell.run("ip", "link", "add", outside, "type", "veth", "peer", "name", "eth0", "netns", namespace(node));
            Shell.run("ip", "link", "set", outside, "master", bridge(), "up");
            inside(node, "ip", "addr", "add", host(node) + "/24", "dev", "eth0");
            inside(node, "ip", "link", "set", "eth0", "up");
            inside(node, "ip", "link", "set", "lo", "up");
        }
    }

    private String bridge() {
        return "scb-" + pid;
    }

    private String namespace(int node) {
        return NAME + pid + "-" + node;
    }

    private void inside(int node, String... command) throws IOException {
        List<String> whole = new ArrayList<>(prefix(node));
        whole.addAll(List.of(command));
        Shell.run(whole);
    }

    @Override
    public String host(int node) {
        return subnet + (node == DRIVER ? 254 : node);
    }

    @Override
    public List<String> prefix(int node) {
        return List.of("ip", "netns", "exec", namespace(node));
    }

    @Override
    public boolean breakable() {
        return true;
    }

    @Override
    public void drop(int from, int to) throws IOException {
        if (to == DRIVER) {
            inside(from, "iptables", "-w", "-A", "OUTPUT", "-d", host(to), "-j", "DROP");
        } else {
            inside(to, "iptables", "-w", "-A", "INPUT", "-s", host(from), "-j", "DROP");
        }
    }

    @Override
    public void dropPort(int node, int port) throws IOException {
        String number = Integer.toString(port);
        inside(node, "iptables", "-w", "-A", "INPUT", "-p", "tcp", "--dport", number, "-j", "DROP");
        inside(
                node,
                "iptables",
                "-w",
                "-A",
                "OUTPUT",
                "-p",
                "tcp",
                "!",
                "-d",
                host(node),
                "--dport",
                number,
                "-j",
                "DROP");
    }

    @Override
    public void lose(int node, double share) throws IOException {
        inside(
                node,
                "iptables",
                "-w",
                "-A",
                "INPUT",
                "-i",
                "eth0",
                "-m",
                "statistic",
                "--mode",
                "random",
                "--probability",
                probability(share),
                "-j",
                "DROP");
    }

    @Override
    public void duplicate(int node, double share) throws IOException {
        for (int other = 0; other <= nodes; other++) {
            if (other != node) {
                inside(
                        node,
                        "iptables",
                        "-w",
                        "-t",
                        "mangle",
                        "-A",
                        "OUTPUT",
                        "-d",
                        host(other),
                        "-m",
                        "statistic",
                        "--mode",
                        "random",
                        "--probability",
                        probability(share),
                        "-j",
                        "TEE",
                        "--gateway",
                        host(other));
            }
        }
    }

    private static String probability(double share) {
        return String.format(Locale.ROOT, "%.4f", share);
    }

    @Override
    public void slow(int node, int kilobits) throws IOException {
        inside(
                node,
                "tc",
                "qdisc",
                "replace",
                "dev",
                "eth0",
                "root",
                "tbf",
                "rate",
                kilobits + "kbit",
                "burst",
                "16k",
                "latency",
                "500ms");
    }

    @Override
    public void netem(int node) throws IOException {
        inside(
                node,
                "tc",
                "qdisc",
                "replace",
                "dev",
                "eth0",
                "root",
                "netem",
                "delay",
                "20ms",
                "10ms",
                "loss",
                "2%",
                "duplicate",
                "1%",
                "reorder",
                "5%");
    }

    @Override
    public void heal(int node) throws IOException {
        inside(node, "iptables", "-w", "-F");
        inside(node, "iptables", "-w", "-t", "mangle", "-F");
        if (Shell.run("ip", "-n", namespace(node), "link", "show", "eth0").contains("qdisc noqueue")) {
            return;
        }
        inside(node, "tc", "qdisc", "del", "dev", "eth0", "root");
    }

    @Override
    public void close() {
        for (int node = 1; node <= nodes; node++) {
            Shell.works("ip", "netns", "del", namespace(node));
        }
        Shell.works("ip", "link", "del", bridge());
    }

    /// Of drivers that are not there any more: the processes in their namespaces, the namespaces, the bridges.
    public static void removeLeftovers() throws IOException {
        for (String line : Shell.run("ip", "netns", "list").lines().toList()) {
            String name = line.split(" ", 2)[0];
            if (name.matches(NAME + "[0-9]+-[0-9]+") && isGone(name.split("-", 4)[2])) {
                for (String process :
                        Shell.run("ip", "netns", "pids", name).lines().toList()) {
                    ProcessHandle.of(Long.parseLong(process.strip())).ifPresent(ProcessHandle::destroyForcibly);
                }
                Shell.works("ip", "netns", "del", name);
                Shell.works("ip", "link", "del", "scb-" + name.split("-", 4)[2]);
            }
        }
    }

    private static boolean isGone(String pid) {
        return ProcessHandle.of(Long.parseLong(pid)).isEmpty();
    }
}
