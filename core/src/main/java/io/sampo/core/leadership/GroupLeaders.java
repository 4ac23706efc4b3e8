package io.sampo.core.leadership;

import io.sampo.core.metadata.LeaderView;
import io.sampo.core.metadata.LeaderView.Leadership;
import io.sampo.core.metadata.MetadataImage;
import io.sampo.core.metadata.TopicImage;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// Who leads the partitions of each placement group, as far as this node knows. A placement group is the set of
/// partitions with the same ordered replica list. A snapshot.
public final class GroupLeaders {

    /// Of one group.
    private static final class Summary {
        private final Map<Integer, Integer> ledByNode = new TreeMap<>();
        private Set<Integer> inSync = Set.of();
        private int partitions;
    }

    private final Map<List<Integer>, Summary> byReplicas = new HashMap<>();

    public static GroupLeaders of(MetadataImage image, LeaderView leaders) {
        GroupLeaders groups = new GroupLeaders();
        for (TopicImage topic : image.topics().values()) {
            for (int partition = 0; partition < topic.partitions().size(); partition++) {
                List<Integer> replicas = topic.partitions().get(partition).replicas();
                Optional<Leadership> leadership = leaders.leadership(topic.partitionId(partition));
                leadership.ifPresent(known -> groups.add(replicas, known));
            }
        }
        return groups;
    }

    private void add(List<Integer> replicas, Leadership leadership) {
        Summary summary = byReplicas.computeIfAbsent(replicas, _ -> new Summary());
        summary.ledByNode.merge(leadership.nodeId(), 1, Integer::sum);
        Set<Integer> inSync = new HashSet<>(leadership.inSyncReplicas());
        if (summary.partitions++ > 0) {
            inSync.retainAll(summary.inSync);
        }
        summary.inSync = inSync;
    }

    /// The node that leads most partitions of the group; the lower id when two lead as many.
    public Optional<Integer> leaderOf(List<Integer> replicas) {
        Summary summary = byReplicas.get(replicas);
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
    public boolean isInSync(List<Integer> replicas, int nodeId) {
        Summary summary = byReplicas.get(replicas);
        return summary != null && summary.inSync.contains(nodeId);
    }
}
