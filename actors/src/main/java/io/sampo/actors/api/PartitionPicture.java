package io.sampo.actors.api;

import io.sampo.core.metadata.LeaderView;
import io.sampo.core.metadata.LeaderView.Leadership;
import io.sampo.core.metadata.TopicImage;
import java.util.List;
import java.util.TreeSet;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.MetadataResponse;

/// One partition as clients are told of it: what the metadata say, and what is known of its leader now.
///
/// Replicas that are to leave are named after those that are wanted, as long as they may vote. A node that cannot
/// be
/// reached is not in sync whatever its leader last heard from it, and its replica is offline. A leader on such a
/// node
/// is
/// named all the same: clients that cannot connect ask again, and another one is elected meanwhile.
///
/// @param error NONE, or LEADER_NOT_AVAILABLE while no leader is known that serves
record PartitionPicture(
        Errors error, int leaderId, int leaderEpoch, List<Integer> replicas, List<Integer> isr, List<Integer> offline) {

    static PartitionPicture of(TopicImage topic, int partition, LeaderView leaders, NodeAddresses nodes) {
        List<Integer> replicas = topic.partitions().get(partition).hosts();
        TreeSet<Integer> offline = new TreeSet<>();
        replicas.stream().filter(node -> !nodes.isLive(node)).forEach(offline::add);
        Leadership leadership = leaders.leadership(topic.partitionId(partition)).orElse(null);
        if (leadership == null) {
            return new PartitionPicture(
                    Errors.LEADER_NOT_AVAILABLE,
                    MetadataResponse.NO_LEADER_ID,
                    -1,
                    replicas,
                    List.of(),
                    List.copyOf(offline));
        }
        offline.addAll(leadership.offlineReplicas());
        List<Integer> isr = leadership.inSyncReplicas().stream()
                .filter(node -> nodes.isLive(node) || node == leadership.nodeId())
                .toList();
        return new PartitionPicture(
                Errors.NONE, leadership.nodeId(), leadership.leaderEpoch(), replicas, isr, List.copyOf(offline));
    }
}
