package io.sampo.core.simulation;

import java.util.HashMap;
import java.util.Map;

/// 20: the sequence numbers of a producer are contiguous in the log: nothing doubled, nothing left out.
final class ProducerSequenceInvariant implements PartitionInvariant {
    private final Map<Long, Integer> expected = new HashMap<>();

    @Override
    public void committed(ReplicaShell leader, StoredBatch batch) {
        if (batch.header().hasProducerId()) {
            int next = expected.getOrDefault(batch.header().producerId(), 0);
            Violation.check(
                    batch.header().baseSequence() == next,
                    "20 sequences are contiguous",
                    "producer %d: sequence %d at %s, expected %d",
                    batch.header().producerId(),
                    batch.header().baseSequence(),
                    batch,
                    next);
            int records = (int) (batch.nextOffset() - batch.baseOffset());
            expected.put(batch.header().producerId(), next + records);
        }
    }
}
