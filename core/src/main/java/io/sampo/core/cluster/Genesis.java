package io.sampo.core.cluster;

import io.sampo.core.partition.ReplicaId;
import io.sampo.core.partition.VoterSet;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.Uuid;

/// What the founders of a cluster agree on, once: its id and who votes on its metadata at the beginning.
///
/// @param voters in the order of the list of bootstrap nodes; never empty
public record Genesis(String clusterId, List<Voter> voters) {

    public Genesis {
        voters = List.copyOf(voters);
        if (clusterId.isEmpty() || voters.isEmpty()) {
            throw new IllegalArgumentException("a cluster has an id and voters");
        }
    }

    /// A node and its data directory.
    ///
    /// @param nodeId [#UNASSIGNED] while the node waits for the controller to assign one; never so in a Genesis
    /// @param nodeUuid made at the node's first start
    /// @param directoryId made with the data directory: a wiped disk has another one
    public record Voter(int nodeId, Uuid nodeUuid, Uuid directoryId, String host, int port) {
        public static final int UNASSIGNED = -1;

        public NodeAddress address() {
            return new NodeAddress(host, port);
        }

        /// The same installation on the same disk, wherever it listens now.
        boolean sameIdentity(Voter other) {
            return nodeId == other.nodeId && nodeUuid.equals(other.nodeUuid) && directoryId.equals(other.directoryId);
        }

        @Override
        public String toString() {
            return "node " + nodeId + " at " + address() + " (directory " + directoryId + ")";
        }
    }

    /// Of a node that founds a cluster alone.
    public static Genesis single(String clusterId, Voter self) {
        return new Genesis(clusterId, List.of(self));
    }

    /// First configuration of the metadata log.
    public VoterSet voterSet() {
        return new VoterSet(
                voters.stream()
                        .map(voter -> new ReplicaId(voter.nodeId(), voter.directoryId()))
                        .toList(),
                List.of());
    }

    public Optional<Voter> voter(int nodeId) {
        return voters.stream().filter(voter -> voter.nodeId() == nodeId).findFirst();
    }

    public List<NodeAddress> addresses() {
        return voters.stream().map(Voter::address).toList();
    }

    /// Whether `node` votes: it founded the cluster and still has the disk with which it did.
    public boolean names(Voter node) {
        return voters.stream().anyMatch(node::sameIdentity);
    }
}
