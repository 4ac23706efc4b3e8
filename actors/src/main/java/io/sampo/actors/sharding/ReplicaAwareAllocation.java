package io.sampo.actors.sharding;

import io.sampo.actors.cluster.ClusterNodes;
import io.sampo.core.leadership.GroupLeaders;
import io.sampo.core.leadership.GroupPlacement;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.actor.Address;
import org.apache.pekko.cluster.Cluster;
import org.apache.pekko.cluster.ClusterEvent.CurrentClusterState;
import org.apache.pekko.cluster.Member;
import org.apache.pekko.cluster.sharding.ShardCoordinator;
import org.apache.pekko.dispatch.Futures;
import scala.collection.immutable.IndexedSeq;
import scala.concurrent.Future;

/// Places a shard where [GroupPlacement] says. When none of its nodes is there the shard stays unallocated and sharding
/// asks again. Moves it when there is a better place; leadership then moves gracefully.
///
/// A hint only: who may write is decided by the quorum. Reads local state alone and answers at once.
///
/// Thread rule: called by the shard coordinator.
final class ReplicaAwareAllocation extends ShardCoordinator.AbstractShardAllocationStrategy {

    /// So many groups move at a time: each move pauses the appends of its partitions for a moment.
    static final int MAX_MOVES = 5;

    private final Cluster cluster;
    private final Supplier<GroupLeaders> leaders;

    ReplicaAwareAllocation(Cluster cluster, Supplier<GroupLeaders> leaders) {
        this.cluster = cluster;
        this.leaders = leaders;
    }

    @Override
    public Future<ActorRef> allocateShard(
            ActorRef requester, String shardId, Map<ActorRef, IndexedSeq<String>> currentShardAllocations) {
        Map<Integer, ActorRef> live = liveRegions(currentShardAllocations.keySet());
        // A region that is none leaves the shard where it is; a failure would be logged as an error each time.
        return Futures.successful(GroupPlacement.choose(PlacementGroups.nodesOf(shardId), live.keySet(), leaders.get())
                .map(live::get)
                .orElseGet(() -> cluster.system().deadLetters()));
    }

    @Override
    public Future<Set<String>> rebalance(
            Map<ActorRef, IndexedSeq<String>> currentShardAllocations, Set<String> rebalanceInProgress) {
        Map<Integer, ActorRef> live = liveRegions(currentShardAllocations.keySet());
        Map<String, Integer> placed = new TreeMap<>();
        live.forEach((node, region) -> {
            IndexedSeq<String> shards = Objects.requireNonNull(currentShardAllocations.get(region));
            for (int i = 0; i < shards.size(); i++) {
                placed.put(shards.apply(i), node);
            }
        });
        placed.keySet().removeAll(rebalanceInProgress);
        GroupLeaders known = leaders.get();
        Set<String> misplaced = new HashSet<>();
        placed.forEach((shard, node) -> {
            if (misplaced.size() + rebalanceInProgress.size() < MAX_MOVES
                    && GroupPlacement.isMisplaced(PlacementGroups.nodesOf(shard), node, live.keySet(), known)) {
                misplaced.add(shard);
            }
        });
        return Futures.successful(misplaced);
    }

    private Map<Integer, ActorRef> liveRegions(Set<ActorRef> regions) {
        CurrentClusterState state = cluster.state();
        Map<Address, Integer> nodeOf = new HashMap<>();
        for (Member member : state.getMembers()) {
            Integer nodeId = ClusterNodes.nodeId(member);
            if (nodeId != null && !state.getUnreachable().contains(member)) {
                nodeOf.put(member.address(), nodeId);
            }
        }
        Map<Integer, ActorRef> live = new TreeMap<>();
        for (ActorRef region : regions) {
            Address address = region.path().address();
            Integer node = nodeOf.get(address.hasLocalScope() ? cluster.selfAddress() : address);
            if (node != null) {
                live.put(node, region);
            }
        }
        return live;
    }
}
