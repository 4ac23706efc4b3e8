package io.sampo.core.partition;

import java.util.List;
import org.apache.kafka.common.protocol.Errors;

/// What the shell of a [ReplicaCore] has to do, in order.
///
/// Whatever depends on durability is not returned next to the [Persist] that it depends on: it comes from the
/// [ReplicaInput.Persisted] that answers it. So an [Immediate] effect may always be carried out at once.
public sealed interface ReplicaEffect {

    /// Write these events, all or none; then step [ReplicaInput.Persisted], or [ReplicaInput.StorageFailed]. At
    /// most one is outstanding; until it is answered no other input but StorageFailed is allowed.
    record Persist(List<ReplicaEvent> events) implements ReplicaEffect {
        public Persist {
            events = List.copyOf(events);
        }
    }

    sealed interface Immediate extends ReplicaEffect {}

    /// The replica is in use; it may campaign now.
    record Opened(long incarnation) implements Immediate {}

    /// Exactly one for each [AppendRequest].
    record AppendCompleted(AppendRequest request, AppendOutcome outcome) implements Immediate {}

    /// Exactly one for each [DeleteRecordsRequest].
    ///
    /// @param lowWatermark the log start afterwards; -1 with an error
    record DeleteCompleted(DeleteRecordsRequest request, Errors error, long lowWatermark) implements Immediate {}

    /// The replica leads, its marker is committed: clients may be served.
    ///
    /// @param leaseNumber proves to the core that a [ReplicaInput.Resign] comes from the newest leader entity
    record BecameActive(int leaderEpoch, long leaseNumber, ReadView view) implements Immediate {}

    /// The campaign came to nothing.
    record CampaignRefused(String reason) implements Immediate {}

    /// What may be read has changed.
    record PublishView(ReadView view) implements Immediate {}

    /// The replica no longer leads in this epoch. Comes after the completions of all its pending requests.
    record Resigned(int leaderEpoch) implements Immediate {}

    /// The clean close is on disk; the replica takes no more input.
    record Closed() implements Immediate {}

    /// Something a person must know.
    record Alarm(String text) implements Immediate {}
}
