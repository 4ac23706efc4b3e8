package io.sampo.chaos.fault;

import io.sampo.chaos.rig.Node;
import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;

/// kill -9; started again when healed.
record KillNodes(List<Node> nodes) implements Fault {

    @Override
    public void inject() throws IOException {
        for (Node node : nodes) {
            node.kill();
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
        return "kill -9 of " + nodes.stream().map(Node::name).collect(Collectors.joining(", "));
    }
}
