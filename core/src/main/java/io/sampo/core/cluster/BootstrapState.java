package io.sampo.core.cluster;

/// What a data directory knows of a cluster. On disk before anybody is told.
public sealed interface BootstrapState {

    /// Nothing: a first start.
    enum Blank implements BootstrapState {
        INSTANCE
    }

    /// Agreed to by this node and perhaps not by all. Replaced only by one of a higher round.
    ///
    /// @param round from 1; a proposer takes one that is higher than all it was told of
    record Proposed(int round, Genesis genesis) implements BootstrapState {}

    /// Part of a cluster for ever: such a directory never founds another one and never changes to another one.
    ///
    /// @param genesis of that cluster, with or without this node among its voters
    record Member(Genesis genesis) implements BootstrapState {
        public String clusterId() {
            return genesis.clusterId();
        }
    }
}
