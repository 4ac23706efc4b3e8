package io.sampo.streams.fetch;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.message.FetchResponseData.AbortedTransaction;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.jspecify.annotations.Nullable;

/// Decides which batches of one answer are seen. The answer's index names the aborted transactions that overlap it by
/// producer and first offset; a transaction ends at its producer's marker. Batches are asked for once each, in order.
///
/// Deterministic; one thread.
final class AbortedTransactions {
    private final ArrayDeque<AbortedTransaction> toCome;
    private final Set<Long> open = new HashSet<>();

    /// @param index as the broker sent it, in any order; null or empty: nothing is aborted
    AbortedTransactions(@Nullable List<AbortedTransaction> index) {
        List<AbortedTransaction> sorted = index == null ? new ArrayList<>() : new ArrayList<>(index);
        sorted.sort(Comparator.comparingLong(AbortedTransaction::firstOffset));
        toCome = new ArrayDeque<>(sorted);
    }

    /// Whether the batch's records are an application's, and were not aborted.
    boolean admits(RecordBatch batch) {
        if (toCome.isEmpty() && open.isEmpty()) {
            return !batch.isControlBatch();
        }
        while (!toCome.isEmpty() && toCome.getFirst().firstOffset() <= batch.lastOffset()) {
            open.add(toCome.removeFirst().producerId());
        }
        if (batch.isControlBatch()) {
            if (endsAborted(batch)) {
                open.remove(batch.producerId());
            }
            return false;
        }
        return !(batch.isTransactional() && open.contains(batch.producerId()));
    }

    private static boolean endsAborted(RecordBatch marker) {
        Iterator<Record> records = marker.iterator();
        return records.hasNext() && ControlRecordType.parse(records.next().key()) == ControlRecordType.ABORT;
    }
}
