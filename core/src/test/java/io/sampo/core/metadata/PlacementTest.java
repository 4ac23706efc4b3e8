package io.sampo.core.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.metadata.TopicImage.PartitionAssignment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PlacementTest {

    /// Nodes 10, 20, ... in the given racks.
    private static MetadataImage image(@Nullable String... racks) {
        MetadataDelta delta = new MetadataDelta(MetadataImage.EMPTY);
        int nodeId = 0;
        for (String rack : racks) {
            nodeId += 10;
            delta.apply(new MetadataRecord.NodeRegistered(
                    new NodeImage(nodeId, new Uuid(1, nodeId), new Uuid(2, nodeId), rack, List.of())));
        }
        return delta.build(racks.length - 1);
    }

    private static Placement placement(MetadataImage image) {
        return new Placement(image, new TreeSet<>(image.nodes().keySet()));
    }

    private static int most(Map<?, Integer> counts) {
        return counts.values().stream().max(Integer::compare).orElse(0);
    }

    @Property(tries = 300)
    void leadersAreSpreadEvenlyAndReplicasAreOnDifferentNodes(
            @ForAll @IntRange(min = 1, max = 7) int nodes,
            @ForAll @IntRange(min = 1, max = 60) int partitions,
            @ForAll @IntRange(min = 1, max = 7) int wantedReplicas) {
        int replicationFactor = Math.min(nodes, wantedReplicas);
        MetadataImage image = image(new String[nodes]);
        Map<Integer, Integer> leaders = new HashMap<>();
        Map<Integer, Integer> replicas = new HashMap<>();
        for (PartitionAssignment assignment : placement(image).assign(partitions, replicationFactor)) {
            assertEquals(replicationFactor, new HashSet<>(assignment.replicas()).size());
            assertTrue(image.nodes().keySet().containsAll(assignment.replicas()));
            leaders.merge(assignment.replicas().getFirst(), 1, Integer::sum);
            assignment.replicas().forEach(nodeId -> replicas.merge(nodeId, 1, Integer::sum));
        }
        assertTrue(most(leaders) <= (partitions + nodes - 1) / nodes, "leaders: " + leaders);
        if (partitions % nodes == 0) {
            assertEquals(partitions / nodes * replicationFactor, most(replicas), "replicas: " + replicas);
        }
    }

    @Property(tries = 300)
    void replicasAreInAsManyRacksAsThereAre(
            @ForAll @IntRange(min = 1, max = 4) int racks,
            @ForAll @IntRange(min = 1, max = 3) int nodesInEach,
            @ForAll @IntRange(min = 1, max = 6) int wantedReplicas) {
        @Nullable String[] rackOf = new String[racks * nodesInEach];
        for (int i = 0; i < rackOf.length; i++) {
            rackOf[i] = "rack-" + i / nodesInEach;
        }
        MetadataImage image = image(rackOf);
        int replicationFactor = Math.min(rackOf.length, wantedReplicas);
        Map<Integer, Integer> leaders = new HashMap<>();
        for (PartitionAssignment assignment : placement(image).assign(2 * rackOf.length, replicationFactor)) {
            Map<String, Integer> use = new HashMap<>();
            assignment.replicas().forEach(nodeId -> use.merge(rackOf[nodeId / 10 - 1] + "", 1, Integer::sum));
            assertEquals(Math.min(racks, replicationFactor), use.size());
            assertEquals((replicationFactor + racks - 1) / racks, most(use));
            leaders.merge(assignment.replicas().getFirst(), 1, Integer::sum);
        }
        assertEquals(2, most(leaders));
    }

    @Test
    void aSmallTopicGoesWhereTheFewestAreLed() {
        MetadataImage image = image(null, null, null);
        Placement placement = placement(image);
        List<Integer> leaders = new ArrayList<>();
        for (int topic = 0; topic < 6; topic++) {
            leaders.add(placement.assign(1, 2).getFirst().replicas().getFirst());
        }
        assertEquals(List.of(10, 20, 30, 10, 20, 30), leaders);
    }

    @Test
    void whatOneNodeLedIsTakenOverBySeveral() {
        Set<Integer> successors = new HashSet<>();
        for (PartitionAssignment assignment : placement(image(new String[4])).assign(24, 3)) {
            if (assignment.replicas().getFirst() == 10) {
                successors.add(assignment.replicas().get(1));
            }
        }
        assertEquals(Set.of(20, 30, 40), successors);
    }

    @Test
    void theNumberOfPlacementGroupsIsBounded() {
        Set<List<Integer>> groups = new HashSet<>();
        placement(image(new String[60])).assign(20_000, 3).forEach(assignment -> groups.add(assignment.replicas()));
        assertTrue(groups.size() <= 200, "groups: " + groups.size());
    }

    @Test
    void nodesThatAreDownAreTheLastChoice() {
        MetadataImage image = image(null, null, null, null);
        Placement placement = new Placement(image, new TreeSet<>(Set.of(10, 30)));
        assertEquals(4, placement.nodeCount());
        for (PartitionAssignment assignment : placement.assign(8, 2)) {
            assertEquals(Set.of(10, 30), Set.copyOf(assignment.replicas()));
        }
        for (PartitionAssignment assignment : placement.assign(8, 3)) {
            assertEquals(Set.of(10, 30), Set.copyOf(assignment.replicas().subList(0, 2)));
        }
    }
}
