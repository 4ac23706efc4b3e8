package io.sampo.actors.sharding;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.actor.Address;
import org.apache.pekko.cluster.Cluster;
import org.apache.pekko.cluster.ClusterEvent.CurrentClusterState;
import org.apache.pekko.cluster.Member;
import org.apache.pekko.cluster.sharding.ShardCoordinator;
import org.apache.pekko.dispatch.Futures;
import scala.collection.immutable.IndexedSeq;
import scala.concurrent.Future;

/// Places a shard only where its partitions have a replica: on the first live node of its list. When none is there
/// the shard stays unallocated and sharding asks again.
///
/// A hint only: who may write is decided by the quorum. Reads local state alone and answers at once.
///
/// Thread rule: called by the shard coordinator.
final class ReplicaAwareAllocation extends ShardCoordinator.AbstractShardAllocationStrategy {

    /// Cluster role that carries a member's node id.
    static final String NODE_ROLE_PREFIX = "sampo-node-";

    private final Cluster cluster;

    ReplicaAwareAllocation(Cluster cluster) {
        this.cluster = cluster;
    }

    @Override
    public Future<ActorRef> allocateShard(
            ActorRef requester, String shardId, Map<ActorRef, IndexedSeq<String>> currentShardAllocations) {
        return choose(shardId, liveRegions(currentShardAllocations.keySet()))
                .map(Futures::successful)
                .orElseGet(() ->
                        Futures.failed(new IllegalStateException("no live node holds a replica of shard " + shardId)));
    }

    @Override
    public Future<Set<String>> rebalance(
            Map<ActorRef, IndexedSeq<String>> currentShardAllocations, Set<String> rebalanceInProgress) {
        Map<Integer, ActorRef> live = liveRegions(currentShardAllocations.keySet());
        Set<String> misplaced = new HashSet<>();
        currentShardAllocations.forEach((region, shards) -> {
            for (int i = 0; i < shards.size(); i++) {
                String shard = shards.apply(i);
                if (!rebalanceInProgress.contains(shard)
                        && choose(shard, live)
                                .filter(better -> !better.equals(region))
                                .isPresent()) {
                    misplaced.add(shard);
                }
            }
        });
        return Futures.successful(misplaced);
    }

    /// @param live regions by node id
    static <R> Optional<R> choose(String shard, Map<Integer, R> live) {
        List<Integer> nodes = PlacementGroups.nodesOf(shard);
        for (int node : nodes) {
            R region = live.get(node);
            if (region != null) {
                return Optional.of(region);
            }
        }
        return Optional.empty();
    }

    private Map<Integer, ActorRef> liveRegions(Set<ActorRef> regions) {
        CurrentClusterState state = cluster.state();
        Map<Address, Integer> nodeOf = new java.util.HashMap<>();
        Set<Member> unreachable = state.getUnreachable();
        for (Member member : state.getMembers()) {
            if (!unreachable.contains(member)) {
                nodeId(member.getRoles()).ifPresent(node -> nodeOf.put(member.address(), node));
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

    static Optional<Integer> nodeId(Set<String> roles) {
        return roles.stream()
                .filter(role -> role.startsWith(NODE_ROLE_PREFIX))
                .map(role -> Integer.valueOf(role.substring(NODE_ROLE_PREFIX.length())))
                .findFirst();
    }
}
