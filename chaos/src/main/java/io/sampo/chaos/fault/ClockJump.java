package io.sampo.chaos.fault;

import io.sampo.chaos.rig.ClockShift;
import io.sampo.chaos.rig.Node;
import java.io.IOException;

/// A node's wall clock jumps, and back when healed.
record ClockJump(Node node, int seconds) implements Fault {

    @Override
    public void inject() throws IOException {
        ClockShift.write(node.clock(), seconds * 1_000L);
    }

    @Override
    public void heal() throws IOException {
        ClockShift.write(node.clock(), 0);
    }

    @Override
    public String description() {
        return "clock jump by " + seconds + " s of " + node.name();
    }
}
