package io.sampo.streams.fetch;

import io.sampo.streams.connection.ClusterView;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.IntPredicate;

/// What to ask whom: which broker is asked for which partitions, one fetch at a time for each broker, and how much.
///
/// A partition is asked for when it holds nothing, or at most as much as is still free for all (so one that is
/// not worked off leaves room for the others, and a lively one among idle ones may use half of the memory).
///
/// Deterministic; one thread.
///
/// @param lookups by node: partitions whose offsets are to be looked up
/// @param validations by node: partitions whose position is to be compared with the leader's log
/// @param fetches by node that is not being fetched from: partitions to fetch, the one that waits longest first
/// @param leftOut nodes of which some partition holds too much to be asked for
/// @param leaderless partitions without a leader that is known
/// @param partitionBytes the most to ask of one partition
/// @param brokerBytes the most to ask of one broker
record FetchPlan(
        Map<Integer, List<PartitionState>> lookups,
        Map<Integer, List<PartitionState>> validations,
        Map<Integer, List<PartitionState>> fetches,
        Set<Integer> leftOut,
        List<PartitionState> leaderless,
        int partitionBytes,
        int brokerBytes) {

    /// A broker with partitions that were left out is asked for the others with a short wait, so that it can be asked
    /// for those soon after they have room.
    static final int LEFT_OUT_MAX_WAIT_MS = 50;

    /// @param partitions the one that was not served for longest first
    /// @param isFetching whether a fetch is under way to a node
    static FetchPlan of(
            Collection<PartitionState> partitions,
            ClusterView view,
            IntPredicate isFetching,
            PrefetchBudget budget,
            FetchSettings settings,
            long nowMs) {
        int active = (int) partitions.stream().filter(PartitionState::isActive).count();
        int partitionBytes = budget.partitionFetchBytes(active, settings.maxPartitionFetchBytes());
        Map<Integer, List<PartitionState>> lookups = new LinkedHashMap<>();
        Map<Integer, List<PartitionState>> validations = new LinkedHashMap<>();
        Map<Integer, List<PartitionState>> fetches = new LinkedHashMap<>();
        Set<Integer> leftOut = new LinkedHashSet<>();
        Set<Integer> brokers = new HashSet<>();
        List<PartitionState> leaderless = new ArrayList<>();
        for (PartitionState state : partitions) {
            if (!state.isActive() || !state.isDue(nowMs)) {
                continue;
            }
            OptionalInt leader = state.leader().of(view);
            if (leader.isEmpty()) {
                leaderless.add(state);
            } else if (state.phase() instanceof PartitionState.Phase.Locating) {
                add(lookups, leader.getAsInt(), state);
            } else if (state.mustValidate(state.leader().epoch(view))) {
                add(validations, leader.getAsInt(), state);
            } else {
                int node = state.leader().readFrom(leader.getAsInt(), view, nowMs);
                brokers.add(node);
                if (state.waiting().heldBytes() > 0
                        && state.waiting().heldBytes() + partitionBytes > budget.freeBytes()) {
                    leftOut.add(node);
                } else if (!isFetching.test(node)) {
                    add(fetches, node, state);
                }
            }
        }
        return new FetchPlan(lookups, validations, fetches, leftOut, leaderless, partitionBytes, (int)
                budget.brokerFetchBytes(brokers.size(), settings.fetchMaxBytes()));
    }

    private static void add(Map<Integer, List<PartitionState>> byNode, int node, PartitionState state) {
        byNode.computeIfAbsent(node, _ -> new ArrayList<>()).add(state);
    }

    /// @param partitionCount how many a fetch is for
    /// @return what to reserve and to ask for; 0 when too little is free, so that nothing is asked
    int fetchBytes(int partitionCount, long freeBytes) {
        long most = Math.min(brokerBytes, (long) partitionBytes * partitionCount);
        long granted = Math.min(most, freeBytes);
        return granted < Math.min(partitionBytes, brokerBytes) ? 0 : (int) granted;
    }

    int maxWaitMs(int node, FetchSettings settings) {
        return leftOut.contains(node)
                ? Math.min(LEFT_OUT_MAX_WAIT_MS, settings.fetchMaxWaitMs())
                : settings.fetchMaxWaitMs();
    }
}
