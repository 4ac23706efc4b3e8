package io.sampo.chaos.fault;

import io.sampo.chaos.rig.Node;
import java.io.IOException;

/// SIGSTOP, and SIGCONT some time later: a process that is there and does nothing, then goes on as if nothing had
/// been.
record PauseNode(Node node, @Override long lastsMs) implements Fault {

    @Override
    public void inject() throws IOException {
        node.pause();
    }

    @Override
    public void heal() throws IOException {
        node.resume();
    }

    @Override
    public String description() {
        return "SIGSTOP of " + node.name() + " for " + lastsMs / 1_000 + " s";
    }
}
