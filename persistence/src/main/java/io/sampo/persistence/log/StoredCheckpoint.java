package io.sampo.persistence.log;

import io.sampo.core.partition.ReplicaEvent.Checkpoint;

/// A checkpoint as it lies on disk.
///
/// @param sequenceNr Pekko's number of the last event that the checkpoint covers (inclusive)
/// @param timestampMs when it was taken, as Pekko's snapshot metadata says
public record StoredCheckpoint(long sequenceNr, long timestampMs, Checkpoint checkpoint) {}
