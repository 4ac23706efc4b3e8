package io.sampo.core.partition;

import org.apache.kafka.common.record.internal.MemoryRecords;

/// One append as the core sees it. The core hands the very same instance back when it completes, so that the shell
/// needs no table from ids to callers.
public non-sealed interface AppendRequest extends ReplicaRequest {

    /// Whole batches (format v2) that may be written to: offsets and leader epoch are set in place. With a producer
    /// id: exactly one batch.
    MemoryRecords records();

    /// True for clients, whose sequence numbers are checked; false for coordinators, which have none.
    boolean fromClient();

    /// 0, 1 or -1 (all): when the append counts as done.
    short acks();

    /// How long acks=all may wait for other replicas, from the decision on; then the append fails with
    /// REQUEST_TIMED_OUT, though its records may be committed later. Milliseconds.
    default int timeoutMs() {
        return Integer.MAX_VALUE;
    }
}
