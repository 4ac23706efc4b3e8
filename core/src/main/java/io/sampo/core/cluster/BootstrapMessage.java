package io.sampo.core.cluster;

/// What the nodes say to each other before they are a cluster. May be lost, repeated, delayed and reordered.
public sealed interface BootstrapMessage {

    /// How are you?
    ///
    /// @param question comes back with the answer, so that the asker knows that it is not an old one
    record Ask(NodeAddress from, long question) implements BootstrapMessage {}

    record Answer(BootstrapStatus status, long question) implements BootstrapMessage {}

    /// The sender joined the running cluster: those that wait for somebody to join may ask now.
    record Joined(NodeAddress from) implements BootstrapMessage {}

    /// From the listed node with the lowest address, when all listed nodes answered that they belong nowhere.
    record Propose(NodeAddress from, BootstrapState.Proposed proposed) implements BootstrapMessage {}

    /// The sender has it on disk.
    record Accepted(Genesis.Voter from, BootstrapState.Proposed proposed) implements BootstrapMessage {}

    /// All listed nodes accepted it.
    record Confirmed(Genesis genesis) implements BootstrapMessage {}

    /// A node without an id, to one that is in the cluster.
    record NodeIdWanted(Genesis.Voter from, String clusterId) implements BootstrapMessage {}

    /// @param nodeId [Genesis.Voter#UNASSIGNED] when it was refused
    /// @param problem why; "" otherwise
    record NodeIdAnswer(int nodeId, String problem) implements BootstrapMessage {}
}
