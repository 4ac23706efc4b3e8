package io.sampo.core.simulation;

import io.sampo.core.metadata.MetadataImage;
import io.sampo.core.metadata.NodeImage;
import io.sampo.core.metadata.TopicImage;
import io.sampo.core.partition.Invariant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/// What the committed metadata log says, batch by batch: the judge of all images. Reads no node's image.
final class MetadataHistory {
    private final World world;
    private final SortedMap<Long, MetadataImage> byOffset = new TreeMap<>(Map.of(-1L, MetadataImage.EMPTY));
    private int batches;

    /// Names of all topics that ever were.
    final Map<Uuid, String> topics = new HashMap<>();

    /// Offset of the image without the topic, by its id.
    final Map<Uuid, Long> deletedTopics = new HashMap<>();

    /// All that were ever registered, with every directory.
    final Map<Integer, Set<Uuid>> nodes = new TreeMap<>();

    final Set<Integer> unregisteredNodes = new HashSet<>();

    /// Every value that a topic's config ever had.
    final Set<String> configValues = new HashSet<>();

    /// Ends of all blocks of producer ids that were given.
    final Set<Long> producerIdEnds = new HashSet<>();

    MetadataHistory(World world) {
        this.world = world;
    }

    /// Null when no image ends at the offset.
    @Nullable
    MetadataImage imageAt(long offset) {
        catchUp();
        return byOffset.get(offset);
    }

    MetadataImage newest() {
        catchUp();
        return last();
    }

    private MetadataImage last() {
        return Invariant.present(byOffset.get(byOffset.lastKey()), "newest image");
    }

    boolean wasDeletedAt(Uuid topicId, long offset) {
        Long deleted = deletedTopics.get(topicId);
        return deleted != null && deleted <= offset;
    }

    private void catchUp() {
        List<StoredBatch> committed = world.committed.batches();
        while (batches < committed.size()) {
            StoredBatch batch = committed.get(batches++);
            MetadataImage before = last();
            MetadataImage after;
            try {
                after = ClusterImages.after(before, batch);
            } catch (Invariant.Violated violated) {
                throw new Violation("25 the metadata log can be applied", World.textOf(violated));
            }
            note(before, after);
            byOffset.put(after.offset(), after);
        }
    }

    @SuppressWarnings("ReferenceEquality") // An image keeps what did not change.
    private void note(MetadataImage before, MetadataImage after) {
        if (after.topics() != before.topics()) {
            for (TopicImage topic : after.topics().values()) {
                topics.put(topic.id(), topic.name());
                configValues.addAll(topic.configs().values());
            }
            for (TopicImage topic : before.topics().values()) {
                if (after.topic(topic.id()) == null) {
                    deletedTopics.put(topic.id(), after.offset());
                }
            }
        }
        if (after.nodes() != before.nodes()) {
            for (NodeImage node : after.nodes().values()) {
                nodes.computeIfAbsent(node.nodeId(), _ -> new HashSet<>()).add(node.nodeUuid());
            }
            unregisteredNodes.addAll(after.retiredNodes());
        }
        producerIdEnds.add(after.nextProducerId());
    }
}
