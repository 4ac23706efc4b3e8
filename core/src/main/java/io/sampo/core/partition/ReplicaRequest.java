package io.sampo.core.partition;

/// What callers ask of a leader, in the order in which they are decided.
public sealed interface ReplicaRequest permits AppendRequest, DeleteRecordsRequest {}
