package io.sampo.streams.produce;

import io.sampo.streams.produce.BatchOutcome.Acknowledged;
import io.sampo.streams.produce.BatchOutcome.Failed;
import io.sampo.streams.produce.ProduceEffect.CompleteBatch;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;

/// Keeps the order of one partition's batches through retries, and numbers them (KIP-98, KIP-360).
/// Deterministic.
///
/// With idempotence several batches are in flight, and the leader refuses whatever comes out of its turn.
/// Without it one is in flight at a time: that is the only order a leader keeps then.
///
/// A gap is left in the sequences by a batch that ended without being known to be written. Numbered batches
/// behind it are sent on as they are, for the lost one may be in the log. Once the leader says that it misses
/// something in front of the first of them, all are numbered anew under the next epoch. Nothing is ever
/// numbered anew while an unanswered copy of it may still be on its way: both could be written.
class PartitionLane {
    /// A leader recognises so many batches of a producer when they come again (KIP-98).
    static final int MAX_NUMBERED = 5;

    final TopicPartition partition;
    final BatchSupply supply;
    private final ProduceRules rules;

    /// Sent before and to be sent again; in the order of their records.
    final ArrayDeque<PendingBatch> again = new ArrayDeque<>();

    private final List<PendingBatch> inFlight = new ArrayList<>();

    /// Null before the first batch, and when a new producer id is needed.
    private @Nullable ProducerIdentity identity;

    private long spentProducerId = -1;
    long nextSequence;

    /// Whether the leader has taken a batch of this identity. Before that a leader that has never heard of it
    /// might take any sequence for the first one, so the first batch goes alone (KAFKA-15591).
    private boolean isConfirmed;

    private boolean hasGap;

    /// Sequence behind the last batch that left a gap.
    private long gapEnd;

    private boolean renumberWanted;

    private int hintedLeader = -1;
    private int hintedLeaderEpoch = -1;

    PartitionLane(TopicPartition partition, BatchSupply supply, ProduceRules rules) {
        this.partition = partition;
        this.supply = supply;
        this.rules = rules;
    }

    boolean isIdle() {
        return again.isEmpty() && inFlight.isEmpty() && supply.readyAtMs() == BatchSupply.NEVER;
    }

    boolean hasInFlight() {
        return !inFlight.isEmpty();
    }

    boolean needsIdentity() {
        return rules.idempotence() && identity == null;
    }

    /// The producer id that this partition can use no more; -1 for none.
    long spentProducerId() {
        return spentProducerId;
    }

    void identify(ProducerIdentity given) {
        identity = given;
    }

    /// From when on the next batch may be sent, as far as this partition is concerned; [BatchSupply#NEVER]
    /// while it has to wait for an answer, or has nothing.
    ///
    /// @param riding whether an open batch goes now, as a request to its leader goes anyway
    long readyAtMs(boolean riding) {
        startOver();
        PendingBatch head = again.peekFirst();
        if (mustWait(head)) {
            return BatchSupply.NEVER;
        }
        if (head != null) {
            return head.retryAtMs;
        }
        long readyAtMs = supply.readyAtMs();
        return riding && readyAtMs != BatchSupply.NEVER ? Long.MIN_VALUE : readyAtMs;
    }

    private boolean mustWait(@Nullable PendingBatch head) {
        if (!rules.idempotence()) {
            return !inFlight.isEmpty();
        }
        if (renumberWanted || inFlight.size() >= MAX_NUMBERED || retryIsInFlight()) {
            return true;
        }
        if (head != null && head.isNumbered()) {
            return !inFlight.isEmpty() && inFlight.getFirst().sequence() < head.sequence();
        }
        return hasGap || (firstGoesAlone() && !isConfirmed && !inFlight.isEmpty());
    }

    boolean firstGoesAlone() {
        return true;
    }

    private boolean retryIsInFlight() {
        for (PendingBatch batch : inFlight) {
            if (batch.isRetry) {
                return true;
            }
        }
        return false;
    }

    /// An upper bound of the next batch.
    int nextBytes() {
        PendingBatch head = again.peekFirst();
        return head == null ? supply.nextBytes() : head.content.sizeBytes();
    }

    /// The next batch, numbered; it is in flight from now on.
    PendingBatch take(long nowMs) {
        PendingBatch batch = again.pollFirst();
        if (batch == null) {
            BatchContent content = supply.take();
            batch = new PendingBatch(partition, content, content.createdMs() + rules.deliveryTimeoutMs());
        }
        if (identity != null && !batch.isNumbered()) {
            batch.number(identity, nextSequence);
            nextSequence = batch.nextSequence();
        }
        batch.attempts++;
        batch.sentAtMs = nowMs;
        insertInOrder(inFlight, batch);
        return batch;
    }

    private static void insertInOrder(List<PendingBatch> batches, PendingBatch batch) {
        int at = batches.size();
        while (at > 0 && batches.get(at - 1).sequence() > batch.sequence()) {
            at--;
        }
        batches.add(at, batch);
    }

    void acknowledged(PendingBatch batch, Acknowledged outcome, List<ProduceEffect> effects) {
        inFlight.remove(batch);
        if (batch.isNumberedBy(identity)) {
            isConfirmed = true;
            if (hasGap && batch.sequence() >= gapEnd) {
                hasGap = false;
            }
        }
        end(batch, outcome, effects);
    }

    /// A broker answered with an error that passes.
    void retry(PendingBatch batch, long retryAtMs) {
        inFlight.remove(batch);
        sendAgain(batch, retryAtMs);
    }

    /// No answer came: the batch may be written, or become so within `request.timeout.ms`.
    void lost(PendingBatch batch, long nowMs, long retryAtMs) {
        batch.looseUntilMs = nowMs + rules.requestTimeoutMs();
        retry(batch, retryAtMs);
    }

    void outOfSequence(PendingBatch batch, long retryAtMs) {
        inFlight.remove(batch);
        if (isFirst(batch)) {
            if (mayRenumber(batch)) {
                renumberWanted = true;
                sendAgain(batch, retryAtMs);
            } else {
                sendAgain(batch, Math.max(batch.looseUntilMs, retryAtMs));
            }
        } else {
            sendAgain(batch, Long.MIN_VALUE);
        }
    }

    /// Whether the answer was given when no other copy of the batch could come after it any more.
    boolean mayRenumber(PendingBatch batch) {
        return batch.sentAtMs >= batch.looseUntilMs;
    }

    private boolean isFirst(PendingBatch batch) {
        PendingBatch head = again.peekFirst();
        boolean againAfter = head == null || !head.isNumbered() || head.sequence() > batch.sequence();
        return againAfter && (inFlight.isEmpty() || inFlight.getFirst().sequence() > batch.sequence());
    }

    /// In parts, which take over the sequences of the whole.
    void split(PendingBatch batch) {
        inFlight.remove(batch);
        batch.isDone = true;
        List<BatchContent> parts = batch.content.split();
        long sequence = batch.sequence();
        List<PendingBatch> pending = new ArrayList<>(parts.size());
        for (BatchContent part : parts) {
            PendingBatch next = new PendingBatch(partition, part, batch.deadlineMs);
            next.looseUntilMs = batch.looseUntilMs;
            ProducerIdentity numberedBy = batch.identity();
            if (numberedBy != null) {
                next.number(numberedBy, sequence);
                sequence = next.nextSequence();
            }
            next.isRetry = true;
            pending.add(next);
        }
        for (PendingBatch next : pending.reversed()) {
            putBack(next);
        }
    }

    /// The batch ends here, and was not acknowledged.
    void failed(PendingBatch batch, Failed outcome, List<ProduceEffect> effects) {
        inFlight.remove(batch);
        again.remove(batch);
        if (batch.isNumberedBy(identity)) {
            leaveGap(batch);
        }
        end(batch, outcome, effects);
    }

    void leaveGap(PendingBatch batch) {
        hasGap = true;
        gapEnd = Math.max(gapEnd, batch.nextSequence());
    }

    /// The leader has seen a newer epoch of this producer id, which nobody else uses: it takes a new one.
    void fenced(PendingBatch batch, Failed outcome, List<ProduceEffect> effects) {
        if (identity != null && batch.isNumberedBy(identity)) {
            spentProducerId = identity.producerId();
            renumberWanted = true;
        }
        failed(batch, outcome, effects);
    }

    /// Fails what has waited for `delivery.timeout.ms`, in flight or not.
    ///
    /// @return when the next one is due; [BatchSupply#NEVER] for none
    long expire(long nowMs, List<ProduceEffect> effects) {
        while (!inFlight.isEmpty() && inFlight.getFirst().deadlineMs <= nowMs) {
            failed(inFlight.getFirst(), late(inFlight.getFirst()), effects);
        }
        PendingBatch head;
        while ((head = again.peekFirst()) != null && head.deadlineMs <= nowMs) {
            failed(head, late(head), effects);
        }
        long oldestMs;
        while ((oldestMs = supply.oldestMs()) != BatchSupply.NEVER && oldestMs + rules.deliveryTimeoutMs() <= nowMs) {
            BatchContent content = supply.take();
            effects.add(new CompleteBatch(content, late(new PendingBatch(partition, content, nowMs))));
        }
        long dueMs = oldestMs == BatchSupply.NEVER ? BatchSupply.NEVER : oldestMs + rules.deliveryTimeoutMs();
        dueMs = head == null ? dueMs : Math.min(dueMs, head.deadlineMs);
        return inFlight.isEmpty() ? dueMs : Math.min(dueMs, inFlight.getFirst().deadlineMs);
    }

    private Failed late(PendingBatch batch) {
        String known = batch.attempts == 0
                ? "it was not sent"
                : "it was sent " + batch.attempts + " times and may or may not be in the log";
        TimeoutException late = new TimeoutException(batch.content.recordCount() + " records for " + partition
                + " were not acknowledged within " + rules.deliveryTimeoutMs() + " ms (delivery.timeout.ms); " + known);
        if (batch.lastFailure != null) {
            late.initCause(batch.lastFailure);
        }
        return new Failed(late, Map.of());
    }

    /// Fails everything: in flight, waiting, and not taken yet.
    void abort(Throwable failure, List<ProduceEffect> effects) {
        Failed outcome = new Failed(failure, Map.of());
        for (PendingBatch batch : List.copyOf(inFlight)) {
            failed(batch, outcome, effects);
        }
        abortUnsent(failure, effects);
    }

    /// Fails what is not in flight.
    void abortUnsent(Throwable failure, List<ProduceEffect> effects) {
        Failed outcome = new Failed(failure, Map.of());
        for (PendingBatch batch : List.copyOf(again)) {
            failed(batch, outcome, effects);
        }
        while (supply.readyAtMs() != BatchSupply.NEVER) {
            effects.add(new CompleteBatch(supply.take(), outcome));
        }
    }

    /// A leader that a broker named (KIP-951).
    ///
    /// @return whether that is news: its epoch is above `knownEpoch`
    boolean hint(int leaderId, int leaderEpoch, int knownEpoch) {
        if (leaderId < 0 || leaderEpoch <= Math.max(knownEpoch, hintedLeaderEpoch)) {
            return false;
        }
        hintedLeader = leaderId;
        hintedLeaderEpoch = leaderEpoch;
        return true;
    }

    /// @return -1 unless a broker named a leader that is newer than this epoch
    int hintedLeader(int knownEpoch) {
        return hintedLeaderEpoch > knownEpoch ? hintedLeader : -1;
    }

    private void startOver() {
        boolean pointless = hasGap && inFlight.isEmpty() && !anyNumbered();
        if ((renumberWanted && inFlight.isEmpty()) || pointless) {
            again.forEach(PendingBatch::unnumber);
            if (identity != null && (identity.isSpent() || identity.producerId() == spentProducerId)) {
                spentProducerId = identity.producerId();
                identity = null;
            } else if (identity != null) {
                identity = identity.nextEpoch();
            }
            nextSequence = 0;
            gapEnd = 0;
            isConfirmed = false;
            hasGap = false;
            renumberWanted = false;
        }
    }

    private boolean anyNumbered() {
        for (PendingBatch batch : again) {
            if (batch.isNumbered()) {
                return true;
            }
        }
        return false;
    }

    private void sendAgain(PendingBatch batch, long retryAtMs) {
        batch.retryAtMs = retryAtMs;
        batch.isRetry = true;
        putBack(batch);
    }

    /// To its place among those that wait; without sequences there is one at a time, and it was the first.
    void putBack(PendingBatch batch) {
        ArrayDeque<PendingBatch> before = new ArrayDeque<>();
        PendingBatch head;
        while (batch.isNumbered()
                && (head = again.peekFirst()) != null
                && head.isNumbered()
                && head.sequence() < batch.sequence()) {
            before.push(again.pop());
        }
        again.addFirst(batch);
        before.forEach(again::addFirst);
    }

    private static void end(PendingBatch batch, BatchOutcome outcome, List<ProduceEffect> effects) {
        batch.isDone = true;
        effects.add(new CompleteBatch(batch.content, outcome));
    }
}
