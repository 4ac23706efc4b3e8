package io.sampo.chaos.fault;

import io.sampo.chaos.rig.Node;
import io.sampo.chaos.rig.Rig;
import io.sampo.chaos.workload.Workload;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/// Where faults happen, and the dice that choose whom they hit.
public record Scene(Rig rig, Workload workload, Random random) {
    private static final long START_LIMIT_MS = 120_000;

    /// A node that leads a partition; any node when nobody knows.
    Node leader() {
        List<Integer> leaders = workload.leaders().stream()
                .filter(id -> id >= 1 && id <= rig.nodes().size())
                .toList();
        return leaders.isEmpty() ? any() : rig.node(leaders.get(random.nextInt(leaders.size())));
    }

    /// A node that leads as few partitions as any.
    Node follower() {
        List<Integer> leaders = workload.leaders();
        Node least = any();
        for (Node node : shuffled()) {
            if (Collections.frequency(leaders, node.id()) < Collections.frequency(leaders, least.id())) {
                least = node;
            }
        }
        return least;
    }

    Node any() {
        return rig.nodes().get(random.nextInt(rig.nodes().size()));
    }

    List<Node> shuffled() {
        List<Node> nodes = new ArrayList<>(rig.nodes());
        Collections.shuffle(nodes, random);
        return nodes;
    }

    /// As many nodes as can be away while the others are a majority.
    List<Node> minority() {
        return shuffled().subList(0, Math.max(1, (rig.nodes().size() - 1) / 2));
    }

    /// What an operator does after damage that a node does not mend: each replica of the node that does not come back
    /// into sync is taken away and given back, empty.
    void startAndRenewReplicas(Node node) throws IOException {
        node.start();
        rig.awaitServing(START_LIMIT_MS);
        workload.renewReplicas(node.id());
    }

    static void pause(long ms) throws IOException {
        try {
            Thread.sleep(ms);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", interrupted);
        }
    }
}
