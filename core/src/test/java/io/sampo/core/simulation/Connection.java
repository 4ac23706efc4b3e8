package io.sampo.core.simulation;

/// A client's TCP connection to a node: in order, and after the first thing that is lost nothing more arrives.
final class Connection {
    final int nodeId;
    private final World world;
    private boolean broken;
    private long lastToNodeUs;
    private long lastToClientUs;

    Connection(World world, int nodeId) {
        this.world = world;
        this.nodeId = nodeId;
    }

    /// What is under way on it does not arrive.
    void close() {
        broken = true;
    }

    void toNode(Runnable action) {
        lastToNodeUs = carry(0, nodeId, lastToNodeUs, action);
    }

    void toClient(Runnable action) {
        lastToClientUs = carry(nodeId, 0, lastToClientUs, action);
    }

    private long carry(int from, int to, long notBeforeUs, Runnable action) {
        if (broken) {
            return notBeforeUs;
        }
        long atUs = world.network.carryInOrder(from, to, notBeforeUs, action, () -> !broken, () -> broken = true);
        return Math.max(atUs, notBeforeUs);
    }
}
