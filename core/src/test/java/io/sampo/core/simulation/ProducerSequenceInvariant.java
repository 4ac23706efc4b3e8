package io.sampo.core.simulation;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// 20: the sequence numbers of a producer are contiguous in the log: nothing doubled, nothing left out.
final class ProducerSequenceInvariant implements PartitionInvariant {
    private final Map<Long, Integer> expected = new HashMap<>();

    /// Records were lost: of producers that nobody remembers any more all may be gone.
    private boolean forgetful;

    /// Those whose next batch may leave out what was lost.
    private final Set<Long> mayGoOnLater = new HashSet<>();

    /// A configuration was forced without some that had been committed.
    void rewound(List<StoredBatch> left) {
        forgetful = true;
        expected.clear();
        left.stream().filter(batch -> batch.header().hasProducerId()).forEach(this::count);
        mayGoOnLater.addAll(expected.keySet());
    }

    @Override
    public void committed(ReplicaShell leader, StoredBatch batch) {
        if (batch.header().hasProducerId()) {
            int next = expected.getOrDefault(
                    batch.header().producerId(), forgetful ? batch.header().baseSequence() : 0);
            Violation.check(
                    batch.header().baseSequence() == next
                            || (mayGoOnLater.contains(batch.header().producerId())
                                    && batch.header().baseSequence() > next),
                    "20 sequences are contiguous",
                    "producer %d: sequence %d at %s, expected %d",
                    batch.header().producerId(),
                    batch.header().baseSequence(),
                    batch,
                    next);
            mayGoOnLater.remove(batch.header().producerId());
            count(batch);
        }
    }

    private void count(StoredBatch batch) {
        int records = (int) (batch.nextOffset() - batch.baseOffset());
        expected.put(batch.header().producerId(), batch.header().baseSequence() + records);
    }
}
