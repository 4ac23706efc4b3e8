package io.sampo.core.simulation;

import io.sampo.core.group.Decision;
import io.sampo.core.partition.AppendOutcome;
import java.util.List;
import org.apache.kafka.common.record.internal.MemoryRecords;

/// Records of a group coordinator.
record CoordinatorAppend(SimulatedCoordinator coordinator, List<Decision> decisions, MemoryRecords records)
        implements EpochBoundAppend {

    @Override
    public int leaderEpoch() {
        return coordinator.leaderEpoch;
    }

    @Override
    public void completed(AppendOutcome outcome) {
        coordinator.completed(this, outcome);
    }
}
