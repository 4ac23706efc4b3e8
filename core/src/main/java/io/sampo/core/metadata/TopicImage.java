package io.sampo.core.metadata;

import io.sampo.core.partition.ForcedConfig;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.ReplicaId;
import io.sampo.core.partition.VoterSet;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/// A topic as the metadata log describes it.
///
/// @param partitions by index
/// @param configs what was set for this topic, by Kafka's config names; defaults are not in here
public record TopicImage(
        String name, Uuid id, List<PartitionAssignment> partitions, SortedMap<String, String> configs) {

    public TopicImage {
        partitions = List.copyOf(partitions);
        configs = Collections.unmodifiableSortedMap(configs);
    }

    public PartitionId partitionId(int partition) {
        return new PartitionId(id, partition);
    }

    /// Where a partition is wanted, and where it may still be. Who votes now is not in here: the replicas know
    /// ([LeaderView.Leadership#voters()]), and move to what is wanted one voter at a time.
    ///
    /// @param replicas node ids, preferred leader first: what is wanted
    /// @param initialVoters the replicas that the partition began with, each with the directory that its node had
    ///     then. Others begin as learners, also the same node with another directory (KIP-853)
    /// @param original replicas before a reassignment that is not complete: what a cancellation returns to. Empty
    ///     when there is none
    /// @param leaving node ids that are wanted no more, but whose replicas may vote until the reassignment is
    ///     complete
    /// @param departed node ids that have held a replica and gave it up: if they get one again it begins as a
    ///     learner
    /// @param forced the newest configuration that an operator has forced; null when none was
    public record PartitionAssignment(
            List<Integer> replicas,
            List<ReplicaId> initialVoters,
            List<Integer> original,
            List<Integer> leaving,
            List<Integer> departed,
            @Nullable ForcedConfig forced) {

        public PartitionAssignment {
            replicas = List.copyOf(replicas);
            initialVoters = List.copyOf(initialVoters);
            original = List.copyOf(original);
            leaving = List.copyOf(leaving);
            departed = List.copyOf(departed);
        }

        /// As a record of the metadata log has it: the directories are those that the nodes have when the record is
        /// applied.
        public PartitionAssignment(List<Integer> replicas) {
            this(replicas, List.of());
        }

        public PartitionAssignment(List<Integer> replicas, List<ReplicaId> initialVoters) {
            this(replicas, initialVoters, List.of(), List.of(), List.of(), null);
        }

        /// The nodes that have a replica, or shall: those that are wanted, in order, then those that are to leave.
        public List<Integer> hosts() {
            if (leaving.isEmpty()) {
                return replicas;
            }
            List<Integer> hosts = new ArrayList<>(replicas);
            hosts.addAll(leaving);
            return hosts;
        }

        public boolean isHostedBy(int nodeId) {
            return replicas.contains(nodeId) || leaving.contains(nodeId);
        }

        PartitionAssignment with(ForcedConfig newForced) {
            return new PartitionAssignment(replicas, initialVoters, original, leaving, departed, newForced);
        }

        public boolean isReassigning() {
            return !original.isEmpty();
        }

        /// The configuration that a replica starts with which does not exist yet: the first voters, or none for one
        /// that comes in as a learner.
        public VoterSet initialConfig(ReplicaId self) {
            return initialVoters.contains(self) && !departed.contains(self.nodeId())
                    ? new VoterSet(initialVoters, List.of())
                    : VoterSet.NONE;
        }
    }
}
