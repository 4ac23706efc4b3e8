package io.sampo.core.cluster;

import java.util.List;

/// What a node tells others about itself.
///
/// @param list its `sampo.cluster.bootstrap.nodes`, in order
/// @param members the nodes of the running cluster that it is part of, itself included; empty before it joined
/// @param leaderKnown whether it knows a controller
public record BootstrapStatus(
        Genesis.Voter self,
        List<NodeAddress> list,
        BootstrapState state,
        List<NodeAddress> members,
        boolean leaderKnown) {

    public BootstrapStatus {
        list = List.copyOf(list);
        members = List.copyOf(members);
    }

    NodeAddress address() {
        return self.address();
    }

    boolean joined() {
        return !members.isEmpty();
    }

    boolean belongsTo(String clusterId) {
        return state instanceof BootstrapState.Member member
                && member.clusterId().equals(clusterId);
    }
}
