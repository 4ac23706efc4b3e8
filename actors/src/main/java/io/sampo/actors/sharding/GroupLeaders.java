package io.sampo.actors.sharding;

import io.sampo.actors.partition.LeaderBoard;
import io.sampo.core.metadata.LeaderView.Leadership;
import io.sampo.core.metadata.MetadataImage;
import io.sampo.core.metadata.TopicImage;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// Who leads the partitions of each placement group, as far as this node knows. A snapshot.
final class GroupLeaders {

    /// Of one group.
    private static final class Summary {
        private final Map<Integer, Integer> ledByNode = new TreeMap<>();
        private Set<Integer> inSync = Set.of();
        private int partitions;
    }

    private final Map<String, Summary> byShard = new HashMap<>();

    static GroupLeaders of(MetadataImage image, LeaderBoard board) {
        GroupLeaders groups = new GroupLeaders();
        for (TopicImage topic : image.topics().values()) {
            for (int partition = 0; partition < topic.partitions().size(); partition++) {
                String shard = PlacementGroups.leaderShard(
                        topic.partitions().get(partition).replicas());
                Optional<Leadership> leadership = board.leadership(topic.partitionId(partition));
                leadership.ifPresent(known -> groups.add(shard, known));
            }
        }
        return groups;
    }

    private void add(String shard, Leadership leadership) {
        Summary summary = byShard.computeIfAbsent(shard, _ -> new Summary());
        summary.ledByNode.merge(leadership.nodeId(), 1, Integer::sum);
        Set<Integer> inSync = new HashSet<>(leadership.inSyncReplicas());
        if (summary.partitions++ > 0) {
            inSync.retainAll(summary.inSync);
        }
        summary.inSync = inSync;
    }

    /// The node that leads most partitions of the group; the lower id when two lead as many.
    Optional<Integer> leaderOf(String shard) {
        Summary summary = byShard.get(shard);
        if (summary == null) {
            return Optional.empty();
        }
        int best = -1;
        int most = 0;
        for (Map.Entry<Integer, Integer> entry : summary.ledByNode.entrySet()) {
            if (entry.getValue() > most) {
                best = entry.getKey();
                most = entry.getValue();
            }
        }
        return Optional.of(best);
    }

    /// Whether the node is in sync for every partition of the group whose leader is known.
    boolean isInSync(String shard, int nodeId) {
        Summary summary = byShard.get(shard);
        return summary != null && summary.inSync.contains(nodeId);
    }
}
