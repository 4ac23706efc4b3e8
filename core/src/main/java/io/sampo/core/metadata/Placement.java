package io.sampo.core.metadata;

import io.sampo.core.metadata.TopicImage.PartitionAssignment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;

/// Chooses the nodes of new partitions. The preferred leaders of a topic go round robin over the live nodes,
/// and begin at the node that leads the fewest partitions. Followers are spread over as many racks as there are
/// (`broker.rack`; nodes without one count as one rack), and partitions of the same leader have different
/// followers, so that what a dead node led is taken over by several others. Registered nodes that are not live
/// get replicas only when there are too few live ones, as in Kafka.
///
/// Deterministic. The number of different replica lists (placement groups) is bounded, because sharding holds state
/// for each.
///
/// One thread; knows the partitions that it assigned before.
final class Placement {
    /// About how many placement groups the automatic choice makes at most.
    private static final int MAX_GROUPS = 200;

    private final List<Integer> ring;
    private final List<Integer> reserve;
    private final Map<Integer, String> racks = new HashMap<>();
    private final Map<Integer, Integer> leaderCounts = new HashMap<>();

    Placement(MetadataImage image, SortedSet<Integer> liveNodes) {
        image.nodes().forEach((nodeId, node) -> racks.put(nodeId, node.rack() == null ? "" : node.rack()));
        List<Integer> live = new ArrayList<>();
        List<Integer> others = new ArrayList<>();
        for (int nodeId : image.nodes().keySet()) {
            (liveNodes.contains(nodeId) ? live : others).add(nodeId);
        }
        // Without a sign of life from anybody all are as good.
        this.ring = acrossRacks(live.isEmpty() ? others : live);
        this.reserve = live.isEmpty() ? List.of() : acrossRacks(others);
        for (TopicImage topic : image.topics().values()) {
            for (PartitionAssignment assignment : topic.partitions()) {
                leaderCounts.merge(assignment.replicas().getFirst(), 1, Integer::sum);
            }
        }
    }

    /// How many replicas a partition can have.
    int nodeCount() {
        return ring.size() + reserve.size();
    }

    /// Counts partitions that somebody else assigned in the same request.
    void add(List<PartitionAssignment> assignments) {
        assignments.forEach(
                assignment -> leaderCounts.merge(assignment.replicas().getFirst(), 1, Integer::sum));
    }

    /// @param replicationFactor at most [#nodeCount]
    List<PartitionAssignment> assign(int partitionCount, int replicationFactor) {
        int first = 0;
        for (int i = 1; i < ring.size(); i++) {
            first = leadersOn(ring.get(i)) < leadersOn(ring.get(first)) ? i : first;
        }
        List<PartitionAssignment> assignments = new ArrayList<>(partitionCount);
        for (int partition = 0; partition < partitionCount; partition++) {
            int leader = (int) ((first + (long) partition) % ring.size());
            assignments.add(new PartitionAssignment(replicas(leader, replicationFactor)));
            leaderCounts.merge(ring.get(leader), 1, Integer::sum);
        }
        return assignments;
    }

    private int leadersOn(int nodeId) {
        return leaderCounts.getOrDefault(nodeId, 0);
    }

    private List<Integer> replicas(int leader, int replicationFactor) {
        List<Integer> replicas = new ArrayList<>(replicationFactor);
        Map<String, Integer> rackUse = new HashMap<>();
        take(ring.get(leader), replicas, rackUse);
        fill(followers(leader), replicas, rackUse, replicationFactor);
        fill(new ArrayList<>(reserve), replicas, rackUse, replicationFactor);
        return replicas;
    }

    /// The other live nodes in the order in which they are asked to follow: it differs from one partition of the
    /// leader to its next.
    private List<Integer> followers(int leader) {
        int others = ring.size() - 1;
        List<Integer> followers = new ArrayList<>(others);
        if (others > 0) {
            int orders = Math.clamp(MAX_GROUPS / ring.size(), 1, others);
            int shift = leadersOn(ring.get(leader)) % orders;
            for (int i = 0; i < others; i++) {
                followers.add(ring.get((leader + 1 + (shift + i) % others) % ring.size()));
            }
        }
        return followers;
    }

    /// Takes candidates until there are enough replicas: each time the first one of those in the least used rack.
    private void fill(
            List<Integer> candidates, List<Integer> replicas, Map<String, Integer> rackUse, int replicationFactor) {
        while (replicas.size() < replicationFactor && !candidates.isEmpty()) {
            int best = 0;
            for (int i = 1; i < candidates.size(); i++) {
                best = rackUse(candidates.get(i), rackUse) < rackUse(candidates.get(best), rackUse) ? i : best;
            }
            take(candidates.remove(best), replicas, rackUse);
        }
    }

    private int rackUse(int nodeId, Map<String, Integer> rackUse) {
        return rackUse.getOrDefault(rack(nodeId), 0);
    }

    private void take(int nodeId, List<Integer> replicas, Map<String, Integer> rackUse) {
        replicas.add(nodeId);
        rackUse.merge(rack(nodeId), 1, Integer::sum);
    }

    private String rack(int nodeId) {
        return racks.getOrDefault(nodeId, "");
    }

    /// The nodes in an order in which neighbours are in different racks, as far as that is possible.
    private List<Integer> acrossRacks(List<Integer> nodeIds) {
        SortedMap<String, List<Integer>> byRack = new TreeMap<>();
        nodeIds.forEach(nodeId ->
                byRack.computeIfAbsent(rack(nodeId), _ -> new ArrayList<>()).add(nodeId));
        List<Integer> ordered = new ArrayList<>(nodeIds.size());
        for (int place = 0; ordered.size() < nodeIds.size(); place++) {
            for (List<Integer> rack : byRack.values()) {
                if (place < rack.size()) {
                    ordered.add(rack.get(place));
                }
            }
        }
        return ordered;
    }
}
