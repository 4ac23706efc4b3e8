package io.sampo.chaos.fault;

import io.sampo.chaos.rig.Node;
import io.sampo.chaos.rig.Rig;
import io.sampo.chaos.workload.Workload;
import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;

/// SIGTERM, one node after the other, each started again and in sync before the next: a rolling restart, or the
/// orderly stop of one node. What another fault keeps down stays down.
record StopNodes(Rig rig, Workload workload, List<Node> nodes) implements Fault {
    private static final long START_LIMIT_MS = 90_000;
    private static final long SYNC_LIMIT_MS = 60_000;

    @Override
    public void inject() throws IOException {
        for (int i = 0; i < nodes.size(); i++) {
            Node node = nodes.get(i);
            if (!node.isRunning()) {
                continue;
            }
            if (!node.stop()) {
                throw new IOException(node.name() + " did not stop as asked");
            }
            if (i < nodes.size() - 1) {
                node.start();
                rig.awaitServing(START_LIMIT_MS);
                awaitSync();
            }
        }
    }

    private void awaitSync() throws IOException {
        long deadline = System.nanoTime() + SYNC_LIMIT_MS * 1_000_000;
        while (!workload.inSync() && System.nanoTime() < deadline) {
            Scene.pause(200);
        }
    }

    @Override
    public void heal() throws IOException {
        for (Node node : nodes) {
            node.start();
        }
    }

    @Override
    public String description() {
        return "orderly restart of " + nodes.stream().map(Node::name).collect(Collectors.joining(", "));
    }
}
