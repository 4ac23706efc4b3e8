package io.sampo.chaos.fault;

import io.sampo.chaos.rig.Node;
import java.io.IOException;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;

/// The machines of some nodes lose their power: processes and unsynced writes are gone.
record PowerFailure(List<Node> nodes, Random random) implements Fault {

    @Override
    public void inject() throws IOException {
        for (Node node : nodes) {
            node.kill();
        }
        for (Node node : nodes) {
            node.losePower(random);
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
        return "power loss of " + nodes.stream().map(Node::name).collect(Collectors.joining(", "));
    }
}
