package io.sampo.core.metadata;

import io.sampo.core.metadata.LeaderView.Leadership;
import io.sampo.core.partition.PartitionId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntPredicate;

/// When leadership should go back to the preferred replicas: when a node leads too few of the partitions that
/// prefer it, as in Kafka (`auto.leader.rebalance.enable`). After a restart of a node it leads nothing until then.
///
/// Stateless; any thread.
public final class LeaderBalance {
    private LeaderBalance() {}

    /// @param isEnabled `auto.leader.rebalance.enable`
    /// @param checkIntervalMs `leader.imbalance.check.interval.seconds`
    /// @param imbalancePercentage `leader.imbalance.per.broker.percentage`: a node is left alone while at most
    ///     so many of the partitions that prefer it are led elsewhere
    public record Settings(boolean isEnabled, long checkIntervalMs, int imbalancePercentage) {}

    /// Leadership of a partition belongs on `nodeId`.
    public record Move(PartitionId id, int nodeId) {}

    /// All moves that would help now, of the nodes that are out of balance: only to live nodes in sync, and only of
    /// partitions that have a leader.
    public static List<Move> moves(
            MetadataImage image, LeaderView leaders, IntPredicate live, int imbalancePercentage) {
        Map<Integer, Integer> preferring = new TreeMap<>();
        Map<Integer, Integer> elsewhere = new TreeMap<>();
        Map<Integer, List<Move>> moves = new TreeMap<>();
        for (TopicImage topic : image.topics().values()) {
            for (int partition = 0; partition < topic.partitions().size(); partition++) {
                int preferred = topic.partitions().get(partition).replicas().getFirst();
                preferring.merge(preferred, 1, Integer::sum);
                PartitionId id = topic.partitionId(partition);
                Leadership leadership = leaders.leadership(id).orElse(null);
                if (leadership == null || leadership.nodeId() == preferred) {
                    continue;
                }
                elsewhere.merge(preferred, 1, Integer::sum);
                if (live.test(preferred) && leadership.inSyncReplicas().contains(preferred)) {
                    moves.computeIfAbsent(preferred, _ -> new ArrayList<>()).add(new Move(id, preferred));
                }
            }
        }
        List<Move> wanted = new ArrayList<>();
        moves.forEach((nodeId, ofNode) -> {
            long led = elsewhere.getOrDefault(nodeId, 0);
            if (led * 100 > (long) imbalancePercentage * preferring.getOrDefault(nodeId, 0)) {
                wanted.addAll(ofNode);
            }
        });
        return wanted;
    }
}
