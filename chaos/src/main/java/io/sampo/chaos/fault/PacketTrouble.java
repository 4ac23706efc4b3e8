package io.sampo.chaos.fault;

import io.sampo.chaos.rig.Network;
import io.sampo.chaos.rig.Node;
import java.io.IOException;

/// Something that happens to the packets of one node.
record PacketTrouble(Network network, Node node, String what, Trouble trouble) implements Fault {

    /// Does it to a node's packets.
    interface Trouble {
        void make(Network network, Node node) throws IOException;
    }

    @Override
    public void inject() throws IOException {
        trouble.make(network, node);
    }

    @Override
    public void heal() throws IOException {
        network.heal(node.id());
    }

    @Override
    public String description() {
        return what + " at " + node.name();
    }
}
