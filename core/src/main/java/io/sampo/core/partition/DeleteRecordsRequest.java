package io.sampo.core.partition;

/// Moves the log start: DeleteRecords of a client, or retention.
public non-sealed interface DeleteRecordsRequest extends ReplicaRequest {

    /// First offset that stays; -1: the high watermark.
    long beforeOffset();

    /// How long the other replicas may take to move their log start as well.
    int timeoutMs();
}
