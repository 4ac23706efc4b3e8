package io.sampo.core.leadership;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/// On which node the leaders of a placement group should be: with the leaders that the quorums have elected,
/// else on the first live node of the group's replica list; on the preferred node, the first of the list, once
/// that is in sync. Nowhere when none of its nodes is live.
public final class GroupPlacement {
    private GroupPlacement() {}

    /// @param replicas node ids of the group, preferred leader first
    /// @param live ids of nodes that could have it
    public static Optional<Integer> choose(List<Integer> replicas, Set<Integer> live, GroupLeaders leaders) {
        Optional<Integer> preferred = replicas.stream().filter(live::contains).findFirst();
        Optional<Integer> elected =
                leaders.leaderOf(replicas).filter(node -> replicas.contains(node) && live.contains(node));
        if (preferred.isPresent() && elected.isPresent() && leaders.isInSync(replicas, preferred.get())) {
            return preferred;
        }
        return elected.or(() -> preferred);
    }

    /// Whether there is a better place for the group than where it is.
    public static boolean isMisplaced(List<Integer> replicas, int node, Set<Integer> live, GroupLeaders leaders) {
        return choose(replicas, live, leaders).filter(better -> better != node).isPresent();
    }
}
