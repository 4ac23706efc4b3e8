package io.sampo.core.partition;

/// A message from one replica to another. The network may lose, repeat, delay and reorder it; it does not change
/// it.
///
/// @param from who says it
/// @param incarnation the sender's life as of [Life]: what an earlier one said does not count any more
/// @param to the node and the directory that it is meant for: a replica with another directory ignores it
public record ReplicaEnvelope(
        PartitionId partition, ReplicaId from, long incarnation, ReplicaId to, ReplicaMessage message) {

    public ReplicaEnvelope with(ReplicaMessage other) {
        return new ReplicaEnvelope(partition, from, incarnation, to, other);
    }
}
