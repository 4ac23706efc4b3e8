package io.sampo.core.partition;

import io.sampo.core.partition.ReplicaEvent.BatchAppended;
import io.sampo.core.partition.ReplicaEvent.LogStartAdvanced;
import java.util.List;
import java.util.function.Consumer;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.jspecify.annotations.Nullable;

/// What an active leader does with requests: which batches it takes, at which offsets, and how far records
/// may be deleted. What it does not take it answers at once; the rest waits in [PendingRequests].
final class AppendRules {
    private final ReplicaState state;
    private final PendingRequests pending;
    private final Consumer<RefusedAppend> refusals;

    /// @param refusals has those that end a producer confirmed before they are told
    AppendRules(ReplicaState state, PendingRequests pending, Consumer<RefusedAppend> refusals) {
        this.state = state;
        this.pending = pending;
        this.refusals = refusals;
    }

    static void refuse(AppendRequest request, Errors error, @Nullable String message, List<ReplicaEffect> effects) {
        effects.add(new ReplicaEffect.AppendCompleted(request, AppendOutcome.failed(error, message)));
    }

    /// @param missingInSync how many voters too few are in sync for an acknowledgement by all
    /// @param epochStartOffset of the leader's own epoch
    /// @param events gets what is to be persisted
    void append(
            AppendRequest request,
            int missingInSync,
            long epochStartOffset,
            List<ReplicaEvent> events,
            List<ReplicaEffect> effects) {
        int batchCount = 0;
        boolean hasProducerId = false;
        for (MutableRecordBatch batch : request.records().batches()) {
            batchCount++;
            hasProducerId |= batch.hasProducerId();
            @Nullable String problem = problemOf(batch, request.fromClient());
            if (problem != null) {
                refuse(request, Errors.INVALID_RECORD, problem, effects);
                return;
            }
        }
        if (batchCount == 0 || (hasProducerId && batchCount > 1)) {
            refuse(request, Errors.INVALID_RECORD, batchCount + " batches in one append", effects);
            return;
        }
        if (request.acks() == -1 && missingInSync > 0) {
            refuse(request, Errors.NOT_ENOUGH_REPLICAS, missingInSync + " in-sync replicas too few", effects);
            return;
        }
        if (hasProducerId && !passesProducerCheck(request, epochStartOffset, effects)) {
            return;
        }
        assignOffsets(request, batchCount, events);
    }

    private static @Nullable String problemOf(RecordBatch batch, boolean fromClient) {
        if (batch.magic() < RecordBatch.MAGIC_VALUE_V2) {
            return "record batches of format v2 only";
        }
        if (batch.lastOffset() < batch.baseOffset()) {
            return "the last offset of the batch lies before its first";
        }
        if (!fromClient) {
            return null;
        }
        if (batch.isControlBatch()) {
            return "clients may not write control batches";
        }
        if (batch.hasProducerId() && (batch.baseSequence() < 0 || batch.producerEpoch() < 0)) {
            return "a producer id without producer epoch and sequence number";
        }
        return null;
    }

    /// True when the batch is to be written; else the request was answered or waits for the original batch.
    private boolean passesProducerCheck(AppendRequest request, long epochStartOffset, List<ReplicaEffect> effects) {
        MutableRecordBatch batch = request.records().batches().iterator().next();
        if (batch.isTransactional()) {
            // No transaction was ever announced here: none can be, as long as no transaction coordinator exists.
            refuse(request, Errors.INVALID_TXN_STATE, "the producer has no open transaction", effects);
            return false;
        }
        long knownFromOffset = state.has(Mutation.NO_DEDUPLICATION_AFTER_FAILOVER) ? epochStartOffset : 0;
        ProducerStates producers = state.history.producers();
        if (state.has(Mutation.UNKNOWN_PRODUCER_STARTS_ANYWHERE)) {
            producers.mayHaveForgottenAnybody();
        }
        return switch (producers.check(BatchHeader.of(batch), request.fromClient(), knownFromOffset)) {
            case ProducerStates.Verdict.Accepted _ -> true;
            case ProducerStates.Verdict.Refused refused -> {
                refusals.accept(new RefusedAppend(request, AppendOutcome.failed(refused.error(), refused.message())));
                yield false;
            }
            case ProducerStates.Verdict.Duplicate(ReplicaEvent.ProducerBatch original) -> {
                pending.addDuplicate(
                        request,
                        original.baseOffset(),
                        original.lastOffset(),
                        logAppendTimeMs(batch, original.timestampMs()),
                        state.nowMs);
                pending.completeDuplicates(
                        state.durableOffset, state.highWatermark, state.history.logStartOffset(), effects);
                yield false;
            }
        };
    }

    private void assignOffsets(AppendRequest request, int batchCount, List<ReplicaEvent> events) {
        ReplicaHistory history = state.history;
        long baseOffset = history.logEndOffset();
        long logAppendTimeMs = RecordBatch.NO_TIMESTAMP;
        int position = 0;
        for (MutableRecordBatch batch : request.records().batches()) {
            long expectedBaseOffset = history.logEndOffset();
            batch.setLastOffset(expectedBaseOffset + (batch.lastOffset() - batch.baseOffset()));
            batch.setPartitionLeaderEpoch(history.lastEpoch());
            BatchHeader header = BatchHeader.of(batch);
            Invariant.check(
                    header.baseOffset() == expectedBaseOffset,
                    "batch written at %d, log end %d",
                    header.baseOffset(),
                    expectedBaseOffset);
            MemoryRecords bytes =
                    batchCount == 1 ? request.records() : request.records().slice(position, header.sizeInBytes());
            state.decided(new BatchAppended(header, bytes), events);
            logAppendTimeMs = logAppendTimeMs(batch, batch.maxTimestamp());
            position += header.sizeInBytes();
        }
        pending.addAppend(request, baseOffset, history.logEndOffset() - 1, logAppendTimeMs, state.nowMs);
    }

    private static long logAppendTimeMs(RecordBatch batch, long timestampMs) {
        return batch.timestampType() == TimestampType.LOG_APPEND_TIME ? timestampMs : RecordBatch.NO_TIMESTAMP;
    }

    /// Only what is committed can be deleted.
    void delete(DeleteRecordsRequest request, List<ReplicaEvent> events, List<ReplicaEffect> effects) {
        ReplicaHistory history = state.history;
        long beforeOffset = request.beforeOffset() == -1 ? state.highWatermark : request.beforeOffset();
        if (beforeOffset < 0 || beforeOffset > state.highWatermark) {
            effects.add(new ReplicaEffect.DeleteCompleted(request, Errors.OFFSET_OUT_OF_RANGE, -1));
        } else {
            if (beforeOffset > history.logStartOffset()) {
                state.decided(new LogStartAdvanced(beforeOffset), events);
            }
            // What is deleted here already need not be so at the other replicas.
            pending.addDeletion(request, beforeOffset, state.nowMs);
        }
    }
}
