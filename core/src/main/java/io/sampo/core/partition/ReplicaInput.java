package io.sampo.core.partition;

import java.util.List;

/// What happens to a replica, for [ReplicaCore#step].
public sealed interface ReplicaInput {

    /// Recovery is over: take the directory into use.
    ///
    /// @param initialConfig the voters of a replica that does not exist yet
    /// @param bootId identifies the boot of the operating system
    /// @param syncedBeforeAcknowledged false when acknowledged records may have been in the page cache only
    record Open(String topic, VoterSet initialConfig, String bootId, boolean syncedBeforeAcknowledged)
            implements ReplicaInput {}

    /// The events of the outstanding [ReplicaEffect.Persist] are as durable as the topic asks.
    record Persisted() implements ReplicaInput {}

    /// The outstanding or an earlier persist failed: the state of the disk is unknown, nothing more may be written.
    record StorageFailed(String reason) implements ReplicaInput {}

    /// A leader entity on this node wants the replica to lead.
    record Campaign() implements ReplicaInput {}

    /// The holder of the lease gives leadership up; an older lease number is ignored.
    record Resign(long leaseNumber) implements ReplicaInput {}

    /// Appends and deletions, decided in this order, persisted together.
    record Requests(List<? extends ReplicaRequest> requests) implements ReplicaInput {}

    /// Clean stop: gives up leadership and marks the log as closed.
    record Close() implements ReplicaInput {}

    /// Time passed: forget what has expired.
    record Expire() implements ReplicaInput {}

    record SettingsChanged(ReplicaSettings settings) implements ReplicaInput {}
}
