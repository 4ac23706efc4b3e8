package io.sampo.core.partition;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What happens to a replica, for [ReplicaCore#step].
///
/// [Anytime] inputs may come while a [ReplicaEffect.Persist] is outstanding; the others wait in the shell until it
/// is answered.
public sealed interface ReplicaInput {

    sealed interface Anytime extends ReplicaInput {}

    /// Recovery is over: take the directory into use.
    ///
    /// @param initialConfig the voters of a replica that does not exist yet; without voters when it comes in as a
    ///     learner
    /// @param bootId identifies the boot of the operating system
    /// @param syncedBeforeAcknowledged false when acknowledged records may have been in the page cache only
    /// @param damage what recovery found to be damaged below the synced end, cut off by now; null when all is well
    record Open(
            String topic,
            VoterSet initialConfig,
            String bootId,
            boolean syncedBeforeAcknowledged,
            @Nullable String damage)
            implements ReplicaInput {

        public Open(String topic, VoterSet initialConfig, String bootId, boolean syncedBeforeAcknowledged) {
            this(topic, initialConfig, bootId, syncedBeforeAcknowledged, null);
        }
    }

    /// The events of the outstanding [ReplicaEffect.Persist] are as durable as the topic asks.
    record Persisted() implements Anytime {}

    /// The outstanding or an earlier persist failed: the state of the disk is unknown, nothing more may be written.
    record StorageFailed(String reason) implements Anytime {}

    /// From another replica of the partition.
    record Received(ReplicaEnvelope envelope) implements Anytime {}

    /// The shell hears this node and is heard by it: its heartbeats to the node's process are answered. One
    /// heartbeat for each pair of nodes serves all partitions. Given to every replica when that begins, and to
    /// a new replica for every node with which it is so.
    ///
    /// While it is so, the node can be relied on to say when something changes, so a partition in which nothing
    /// happens exchanges no messages and needs no ticks (docs/adr/0012). A shell that never gives this input has
    /// partitions that never rest.
    record NodeAlive(int nodeId) implements Anytime {}

    /// The opposite, on change: heartbeats are not answered any more, in either direction. Also given, with another
    /// [NodeAlive] behind it, whenever something may have got lost on the way or forgotten over there:
    /// - the connection between the nodes was a new one,
    /// - the other process was a new one,
    /// - a replica over there has ended (offline, closed, deleted, begun anew): the node names such ends, and says
    ///   their number with its heartbeats; when no name was missed, only those of the same partitions are told.
    ///
    /// Too often does no harm but for some messages.
    record NodeLost(int nodeId) implements Anytime {}

    /// Time passed. Due at [ReplicaCore#nextTickMs]; more often does no harm.
    record Tick() implements Anytime {}

    /// A leader entity on this node wants the replica to lead.
    record Campaign() implements ReplicaInput {}

    /// The holder of the lease gives leadership up; an older lease number is ignored.
    record Resign(long leaseNumber) implements ReplicaInput {}

    /// Leadership should move to `target`; answered by [ReplicaEffect.TransferEnded].
    record TransferLeadership(ReplicaId target) implements ReplicaInput {}

    /// Where metadata wants the partition to be, in order of preference. Whoever leads moves the configuration
    /// there, one voter at a time.
    ///
    /// @param observers are served like learners for ever and never vote
    /// @param forced the newest configuration that an operator has forced; null when none was
    record DesiredReplicas(
            List<ReplicaId> replicas,
            List<ReplicaId> observers,
            @Nullable ForcedConfig forced) implements ReplicaInput {
        public DesiredReplicas {
            replicas = List.copyOf(replicas);
            observers = List.copyOf(observers);
        }

        public DesiredReplicas(List<ReplicaId> replicas, List<ReplicaId> observers) {
            this(replicas, observers, null);
        }

        public DesiredReplicas(List<ReplicaId> replicas) {
            this(replicas, List.of());
        }
    }

    /// Is this replica still the leader? Answered by [ReplicaEffect.BarrierCompleted].
    record ReadBarrier(BarrierRequest request) implements Anytime {}

    /// Appends and deletions, decided in this order, persisted together.
    record Requests(List<? extends ReplicaRequest> requests) implements ReplicaInput {}

    /// Clean stop: gives up leadership and marks the log as closed.
    record Close() implements ReplicaInput {}

    /// A check of the log found batches that are not what was written, and it was read again to be sure. Given
    /// again every few seconds while it is so.
    ///
    /// A follower that its leader lets ends with [ReplicaEffect.CutDamage] and fetches the rest again; a leader
    /// gives leadership away first; a replica that nobody can help does nothing: what is good can be read.
    ///
    /// @param fromOffset where the first damage begins: in front of it all is good
    /// @param toOffset exclusive end of the last damage
    record DamageFound(long fromOffset, long toOffset) implements ReplicaInput {}

    /// Time passed: forget what has expired.
    record Expire() implements ReplicaInput {}

    record SettingsChanged(ReplicaSettings settings) implements ReplicaInput {}
}
