package io.sampo.core.cluster;

import java.util.List;

/// What the shell of [BootstrapCore] does, in order. An effect that cannot be carried out ends the node.
public sealed interface BootstrapEffect {

    /// Loses the message when the node cannot be reached.
    record Send(NodeAddress to, BootstrapMessage message) implements BootstrapEffect {}

    /// To be on disk, all or none of it, before the effects after it.
    record Persist(BootstrapState state) implements BootstrapEffect {}

    /// Be the first node of the running cluster.
    enum Form implements BootstrapEffect {
        INSTANCE
    }

    /// Join the running cluster through one of these nodes.
    record Join(List<NodeAddress> seeds) implements BootstrapEffect {}

    /// Ask the controller for a node id on behalf of a node and send it the answer.
    record AssignNodeId(Genesis.Voter node) implements BootstrapEffect {}

    /// The id that this node has from now on; the start goes on with it.
    record NodeIdAssigned(int nodeId) implements BootstrapEffect {}

    /// The start ends; the message is for the operator.
    record Refuse(String message) implements BootstrapEffect {}

    /// Leave what this node runs in and start again: others are the cluster, and this node is not with them.
    record Rejoin(String message) implements BootstrapEffect {}
}
