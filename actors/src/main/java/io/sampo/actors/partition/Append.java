package io.sampo.actors.partition;

import io.sampo.core.partition.AppendOutcome;
import io.sampo.core.partition.AppendRequest;
import org.apache.kafka.common.record.internal.MemoryRecords;

/// One append on its way to a replica.
///
/// @param records the batch; its buffer belongs to the replica until the listener is called
/// @param origin a client's batch is validated in full, a coordinator's is trusted and may go to internal topics
/// @param acks 0, 1 or -1 (all)
/// @param timeoutMs how long acks=all may wait for other replicas
/// @param listener called once
public record Append(MemoryRecords records, Origin origin, short acks, int timeoutMs, Listener listener)
        implements AppendRequest {

    /// Waits as long as it takes.
    public Append(MemoryRecords records, Origin origin, short acks, Listener listener) {
        this(records, origin, acks, Integer.MAX_VALUE, listener);
    }

    @Override
    public boolean fromClient() {
        return origin == Origin.CLIENT;
    }

    public enum Origin {
        CLIENT,
        COORDINATOR
    }

    @FunctionalInterface
    public interface Listener {
        void completed(AppendOutcome outcome);
    }
}
