package io.sampo.core.metadata;

import io.sampo.core.metadata.TopicImage.PartitionAssignment;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;

/// Chooses the nodes of new partitions: round robin over the live nodes in the order of their ids. A partition's
/// replicas are neighbours on that ring, so there are only as many different replica lists (placement groups) as
/// nodes.
final class Placement {
    private Placement() {}

    /// @param start where on the ring the first of them begins; any number
    /// @param replicationFactor at most the number of live nodes
    static List<PartitionAssignment> assign(
            SortedSet<Integer> liveNodes, int start, int partitionCount, int replicationFactor) {
        List<Integer> ring = List.copyOf(liveNodes);
        List<PartitionAssignment> assignments = new ArrayList<>(partitionCount);
        for (int partition = 0; partition < partitionCount; partition++) {
            List<Integer> replicas = new ArrayList<>(replicationFactor);
            for (int replica = 0; replica < replicationFactor; replica++) {
                replicas.add(ring.get(Math.floorMod((long) start + partition + replica, ring.size())));
            }
            assignments.add(new PartitionAssignment(replicas));
        }
        return assignments;
    }
}
