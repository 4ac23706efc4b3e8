package io.sampo.actors.cluster;

import io.sampo.core.leadership.ReplicaStanding;
import io.sampo.core.metadata.LeaderView.Leadership;
import io.sampo.core.partition.PartitionId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/// What the [NodeMessenger]s of two nodes say to each other. Any of it may be lost.
public sealed interface NodeMessage extends NodeMessenger.Command {

    /// "I am here": said to everybody at an interval.
    ///
    /// @param replicationHost where the node takes replication connections
    /// @param leadersVersion number of the newest change of what the node leads
    /// @param processId made at random when the process started
    /// @param replicaEnds how many replicas have ended in this process
    /// @param hears the processes that this one heard lately, by node id
    record Hello(
            int nodeId,
            String replicationHost,
            int replicationPort,
            long leadersVersion,
            long processId,
            long replicaEnds,
            Map<Integer, Long> hears)
            implements NodeMessage {}

    /// "These replicas of mine have ended": said before the [Hello] that counts them.
    ///
    /// @param processId as in [Hello]
    /// @param before how many had ended in this process up to the first of them
    record ReplicasEnded(int nodeId, long processId, long before, List<PartitionId> ids) implements NodeMessage {}

    /// Messages between replicas, each as bytes of the envelope codec.
    record Envelopes(List<byte[]> envelopes) implements NodeMessage {}

    /// "I missed something: what do you lead?"
    record WantLeaders(int nodeId) implements NodeMessage {}

    /// What changed since the version before.
    ///
    /// @param version number of the last of these changes
    record LeadersChanged(int nodeId, long version, List<Leader> changes) implements NodeMessage {}

    /// A part of all that a node leads.
    ///
    /// @param part 0 to parts - 1
    record Leaders(int nodeId, long version, int part, int parts, List<Leader> leaders) implements NodeMessage {}

    /// @param leadership null: the node leads it no more
    record Leader(PartitionId id, int leaderEpoch, @Nullable Leadership leadership) {}

    /// "Give leadership of this partition to that node."
    record MoveLeader(PartitionId id, int targetNodeId, ActorRef<LeaderMoved> replyTo) implements NodeMessage {}

    /// @param reason for people, when it did not move
    record LeaderMoved(boolean moved, String reason) implements Answer {}

    /// "What does your replica of this partition say of itself?"
    record WantStanding(PartitionId id, ActorRef<Standing> replyTo) implements NodeMessage {}

    /// @param standing empty when no replica runs there
    record Standing(Optional<ReplicaStanding> standing) implements Answer {}

    /// What travels back to somebody who asked.
    sealed interface Answer {}
}
