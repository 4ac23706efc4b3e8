package io.sampo.actors.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.metadata.MetadataDelta;
import io.sampo.core.metadata.MetadataImage;
import io.sampo.core.metadata.MetadataRecord;
import io.sampo.core.metadata.TopicImage;
import io.sampo.core.metadata.TopicImage.PartitionAssignment;
import io.sampo.core.partition.ForcedConfig;
import io.sampo.core.partition.LogSettings;
import io.sampo.core.partition.ReplicaId;
import io.sampo.core.partition.ReplicaSettings;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

class AssignedReplicasTest {
    private final AssignedReplicas assigned = new AssignedReplicas(
            new ReplicaId(1, new Uuid(1, 2)), _ -> LogSettings.DEFAULTS, _ -> ReplicaSettings.DEFAULTS);
    private final TopicImage here = topic("here", List.of(List.of(1, 2), List.of(2, 3)));
    private final TopicImage elsewhere = topic("elsewhere", List.of(List.of(2, 3)));

    private static TopicImage topic(String name, List<List<Integer>> replicas) {
        List<PartitionAssignment> assignments =
                replicas.stream().map(PartitionAssignment::new).toList();
        return new TopicImage(name, Uuid.randomUuid(), assignments, new TreeMap<>());
    }

    private static MetadataImage image(long offset, Map<String, String> brokerConfig, TopicImage... topics) {
        Map<String, TopicImage> byName =
                Arrays.stream(topics).collect(Collectors.toMap(TopicImage::name, Function.identity()));
        Map<Uuid, TopicImage> byId =
                Arrays.stream(topics).collect(Collectors.toMap(TopicImage::id, Function.identity()));
        MetadataImage empty = MetadataImage.EMPTY;
        TreeMap<Integer, SortedMap<String, String>> brokerConfigs = new TreeMap<>();
        if (!brokerConfig.isEmpty()) {
            brokerConfigs.put(-1, new TreeMap<>(brokerConfig));
        }
        return new MetadataImage(
                offset,
                "cluster",
                new TreeMap<>(byName),
                byId,
                empty.nodes(),
                brokerConfigs,
                0,
                empty.scramCredentials());
    }

    private static List<String> names(List<ReplicaSpec> specs) {
        return specs.stream()
                .map(spec -> spec.topic() + "-" + spec.id().partition())
                .toList();
    }

    @Test
    void onlyThisNodesReplicasOfTopicsThatChangedAreGiven() {
        assertEquals(List.of("here-0"), names(assigned.changed(image(1, Map.of(), here, elsewhere))));
        assertEquals(List.of(), assigned.changed(image(2, Map.of(), here, elsewhere)));
        assertEquals(
                List.of("here-0"),
                names(assigned.changed(image(3, Map.of("retention.ms", "1"), here, elsewhere))),
                "settings of all brokers are settings of all topics");
        assertTrue(assigned.isWanted(here.partitionId(0)));
        assertEquals("here", assigned.wanted(here.partitionId(0)).orElseThrow().topic());
        assertFalse(assigned.isWanted(here.partitionId(1)));
        assertTrue(assigned.wanted(here.partitionId(1)).isEmpty());
    }

    @Test
    void whatWasForcedReachesTheReplica() {
        assigned.changed(image(1, Map.of(), here));
        ForcedConfig config = new ForcedConfig(ForcedConfig.nextEpoch(3), new ReplicaId(1, Uuid.ONE_UUID));
        MetadataImage forced = MetadataDelta.apply(
                image(1, Map.of(), here), List.of(new MetadataRecord.ConfigForced(here.id(), 0, config)), 2);

        assertEquals(
                List.of(config),
                assigned.changed(forced).stream()
                        .map(spec -> spec.desired().forced())
                        .toList());
    }

    @Test
    void anOlderImageChangesNothing() {
        assigned.changed(image(5, Map.of(), here));
        assertEquals(List.of(), assigned.changed(image(4, Map.of())));
        assertTrue(assigned.isWanted(here.partitionId(0)));

        assigned.changed(image(6, Map.of()));
        assertFalse(assigned.isWanted(here.partitionId(0)));
    }
}
