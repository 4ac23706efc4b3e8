package io.sampo.core.simulation;

import io.sampo.core.group.Decision;
import io.sampo.core.partition.AppendRequest;
import java.util.List;
import org.apache.kafka.common.record.internal.MemoryRecords;

/// Records of a group coordinator on their way; they may only be written in the epoch that the coordinator belongs to.
record CoordinatorAppend(SimulatedCoordinator coordinator, List<Decision> decisions, MemoryRecords records)
        implements AppendRequest {

    @Override
    public boolean fromClient() {
        return false;
    }

    @Override
    public short acks() {
        return -1;
    }
}
