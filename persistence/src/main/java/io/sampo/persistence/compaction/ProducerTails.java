package io.sampo.persistence.compaction;

import io.sampo.core.partition.PartitionLog;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.record.internal.RecordBatch;

/// The last batch of each idempotent producer within a range of the log. When compaction empties such a batch, its
/// header stays, because the producer's state (its last sequence, its epoch) could not be rebuilt from the log
/// without it.
///
/// Conservative: a producer that went on writing above the range keeps a header more than it needs, until the next
/// round.
final class ProducerTails {
    private final Map<Long, Long> lastOffsetByProducer = new HashMap<>();
    private boolean keepAll;

    private ProducerTails() {}

    /// Looks at the batches of [startOffset, endOffset).
    static ProducerTails of(PartitionLog log, long startOffset, long endOffset, CleanerSettings settings, long nowMs) {
        ProducerTails tails = new ProducerTails();
        log.forEachBatch(startOffset, endOffset, batch -> tails.add(batch, settings, nowMs));
        return tails;
    }

    private void add(RecordBatch batch, CleanerSettings settings, long nowMs) {
        if (!batch.hasProducerId() || nowMs - batch.maxTimestamp() > settings.producerIdExpirationMs()) {
            return;
        }
        if (lastOffsetByProducer.size() >= settings.maxTrackedProducers()
                && !lastOffsetByProducer.containsKey(batch.producerId())) {
            keepAll = true;
            return;
        }
        lastOffsetByProducer.put(batch.producerId(), batch.lastOffset());
    }

    boolean isLast(RecordBatch batch) {
        if (!batch.hasProducerId()) {
            return false;
        }
        Long last = lastOffsetByProducer.get(batch.producerId());
        return last == null ? keepAll : last == batch.lastOffset();
    }
}
