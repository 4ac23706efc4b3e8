package io.sampo.core.partition;

import io.sampo.core.partition.ReplicaEvent.ProducerBatch;
import io.sampo.core.partition.ReplicaEvent.ProducerEntry;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.RecordBatch;

/// What the log of one partition knows of its idempotent producers, and the rules that follow from it (KIP-98,
/// KIP-360): a batch is written once, and in the order of its sequence numbers.
///
/// Derived from the log only: the same batches give the same state, live or in recovery. Not thread-safe.
public final class ProducerStates {

    /// So many batches of a producer are remembered to recognise a repeated one: five that are in flight to each of two
    /// leaders (KIP-98; docs/adr/0017). Kafka remembers five.
    public static final int BATCHES_REMEMBERED = 10;

    /// Of a batch of which the last sequence number is known, and no more.
    static final long OFFSET_UNKNOWN = -1;

    private static final long NOBODY = -1;
    private static final long ANYBODY = Long.MAX_VALUE;

    /// What is to be done with a batch.
    public sealed interface Verdict {
        enum Accepted implements Verdict {
            ACCEPTED
        }

        /// The batch is in the log already.
        record Duplicate(ProducerBatch original) implements Verdict {}

        record Refused(Errors error, String message) implements Verdict {}
    }

    private static final class Producer {
        private short producerEpoch = RecordBatch.NO_PRODUCER_EPOCH;
        private int coordinatorEpoch = -1;
        private long lastTimestampMs = RecordBatch.NO_TIMESTAMP;
        private long currentTransactionFirstOffset = -1;
        private final ArrayDeque<ProducerBatch> lastBatches = new ArrayDeque<>(BATCHES_REMEMBERED);
    }

    /// The producer that wrote longest ago comes first.
    private final LinkedHashMap<Long, Producer> producers = new LinkedHashMap<>();

    /// No producer with a higher id was ever forgotten here: one that is not known has not written yet.
    private long forgottenProducerId = NOBODY;

    /// First offset of each open transaction -> its producer.
    private final TreeMap<Long, Long> openTransactions = new TreeMap<>();

    /// Decides about a batch before it is written. Changes nothing.
    public Verdict check(BatchHeader header, boolean fromClient) {
        return check(header, fromClient, 0);
    }

    /// @param knownFromOffset batches before it are not recognised: 0 but for a planted bug
    Verdict check(BatchHeader header, boolean fromClient, long knownFromOffset) {
        Producer producer = producers.get(header.producerId());
        if (producer == null) {
            return checkUnknown(header, fromClient);
        }
        int lastSequence = lastSequence(header);
        if (fromClient && header.producerEpoch() == producer.producerEpoch) {
            for (ProducerBatch batch : producer.lastBatches) {
                // Of a number without its batch nobody knows whether this batch stood for it.
                boolean known = batch.lastOffset() != OFFSET_UNKNOWN;
                if (known && batch.baseSequence() == header.baseSequence() && batch.lastSequence() == lastSequence) {
                    return batch.baseOffset() >= knownFromOffset
                            ? new Verdict.Duplicate(batch)
                            : Verdict.Accepted.ACCEPTED;
                }
            }
        }
        if (header.producerEpoch() < producer.producerEpoch) {
            return new Verdict.Refused(
                    Errors.INVALID_PRODUCER_EPOCH,
                    "producer " + header.producerId() + " writes with epoch " + header.producerEpoch()
                            + ", but has been seen with epoch " + producer.producerEpoch);
        }
        return fromClient ? checkSequence(producer, header) : Verdict.Accepted.ACCEPTED;
    }

    /// One that may have been forgotten goes on where it is (KIP-360). One that never wrote begins with 0: its
    /// first batch may have been refused a moment ago, before this replica led, and comes again; the ones in
    /// flight behind it must not overtake it (KAFKA-15591).
    private Verdict checkUnknown(BatchHeader header, boolean fromClient) {
        if (!fromClient || header.baseSequence() == 0 || header.producerId() <= forgottenProducerId) {
            return Verdict.Accepted.ACCEPTED;
        }
        return new Verdict.Refused(
                Errors.OUT_OF_ORDER_SEQUENCE_NUMBER,
                "producer " + header.producerId() + " with epoch " + header.producerEpoch() + " sent sequence "
                        + header.baseSequence() + " and has not written yet, expected 0");
    }

    private static Verdict checkSequence(Producer producer, BatchHeader header) {
        ProducerBatch last = producer.lastBatches.peekLast();
        int expected =
                last == null || header.producerEpoch() != producer.producerEpoch ? 0 : next(last.lastSequence(), 1);
        if (header.baseSequence() == expected || producer.producerEpoch == RecordBatch.NO_PRODUCER_EPOCH) {
            return Verdict.Accepted.ACCEPTED;
        }
        return new Verdict.Refused(
                Errors.OUT_OF_ORDER_SEQUENCE_NUMBER,
                "producer " + header.producerId() + " with epoch " + header.producerEpoch() + " sent sequence "
                        + header.baseSequence() + ", expected " + expected);
    }

    /// Takes a batch over that is in the log.
    ///
    /// @param maxProducerIds above it the producer that wrote longest ago is forgotten; one with an open
    ///     transaction never is
    public void apply(BatchHeader header, int maxProducerIds) {
        if (!header.hasProducerId()) {
            return;
        }
        Producer producer = producers.remove(header.producerId());
        if (producer == null) {
            producer = new Producer();
            if (producers.size() >= maxProducerIds) {
                forgetOldest();
            }
        }
        producers.put(header.producerId(), producer);
        if (producer.producerEpoch != header.producerEpoch()) {
            producer.producerEpoch = header.producerEpoch();
            producer.lastBatches.clear();
        }
        producer.lastTimestampMs = header.maxTimestampMs();
        if (header.isControl()) {
            endTransaction(producer);
            return;
        }
        if (header.isTransactional() && producer.currentTransactionFirstOffset < 0) {
            producer.currentTransactionFirstOffset = header.baseOffset();
            openTransactions.put(header.baseOffset(), header.producerId());
        }
        ProducerBatch last = producer.lastBatches.peekLast();
        if (last != null && header.baseSequence() != next(last.lastSequence(), 1)) {
            producer.lastBatches.clear();
        }
        if (producer.lastBatches.size() == BATCHES_REMEMBERED) {
            producer.lastBatches.removeFirst();
        }
        producer.lastBatches.addLast(new ProducerBatch(
                header.baseSequence(),
                lastSequence(header),
                header.baseOffset(),
                header.lastOffset(),
                header.maxTimestampMs()));
    }

    private void endTransaction(Producer producer) {
        if (producer.currentTransactionFirstOffset >= 0) {
            openTransactions.remove(producer.currentTransactionFirstOffset);
            producer.currentTransactionFirstOffset = -1;
        }
    }

    private void forgetOldest() {
        var oldestFirst = producers.entrySet().iterator();
        while (oldestFirst.hasNext()) {
            Map.Entry<Long, Producer> oldest = oldestFirst.next();
            if (oldest.getValue().currentTransactionFirstOffset < 0) {
                forgottenProducerId = Math.max(forgottenProducerId, oldest.getKey());
                oldestFirst.remove();
                return;
            }
        }
    }

    /// Forgets producers whose last batch is at least `expirationMs` old by its own timestamp, as Kafka does.
    public void expire(long nowMs, long expirationMs) {
        var all = producers.entrySet().iterator();
        while (all.hasNext()) {
            Map.Entry<Long, Producer> entry = all.next();
            Producer producer = entry.getValue();
            if (producer.currentTransactionFirstOffset < 0 && nowMs - producer.lastTimestampMs >= expirationMs) {
                forgottenProducerId = Math.max(forgottenProducerId, entry.getKey());
                all.remove();
            }
        }
    }

    /// Batches are missing of which nobody knows who wrote them.
    void mayHaveForgottenAnybody() {
        forgottenProducerId = ANYBODY;
    }

    /// The newest batches are missing of everybody: what is known of a producer is not the last that it wrote.
    void forgetAll() {
        producers.clear();
        openTransactions.clear();
        mayHaveForgottenAnybody();
    }

    /// Records that were committed are given up (a forced configuration): a sequence number without its batch
    /// ([#entriesBelow]) may be of one that is lost. Whoever is known by nothing else goes on where it is.
    void forgetWhatTheLogDoesNotShow() {
        for (Producer producer : producers.values()) {
            if (producer.lastBatches.removeIf(batch -> batch.lastOffset() == OFFSET_UNKNOWN)) {
                mayHaveForgottenAnybody();
            }
        }
        producers
                .values()
                .removeIf(producer -> producer.lastBatches.isEmpty() && producer.currentTransactionFirstOffset < 0);
    }

    /// No producer with a higher id was ever forgotten here; -1: none was.
    public long forgottenProducerId() {
        return forgottenProducerId;
    }

    /// First offset of the oldest open transaction; Long.MAX_VALUE when none is open.
    public long firstOpenTransactionOffset() {
        return openTransactions.isEmpty() ? Long.MAX_VALUE : openTransactions.firstKey();
    }

    public int size() {
        return producers.size();
    }

    /// For a checkpoint; the producer that wrote longest ago comes first.
    public List<ProducerEntry> entries() {
        List<ProducerEntry> entries = new ArrayList<>(producers.size());
        producers.forEach((producerId, producer) -> entries.add(new ProducerEntry(
                producerId,
                producer.producerEpoch,
                producer.coordinatorEpoch,
                producer.lastTimestampMs,
                producer.currentTransactionFirstOffset,
                List.copyOf(producer.lastBatches))));
        return entries;
    }

    /// What they would be if the log had ended at `offset`: for a replica that begins anew there and is sent all
    /// batches from there on. A transaction that begins later is left to those batches.
    ///
    /// Of a producer whose remembered batches all lie beyond `offset` the sequence number before them is taken.
    /// They were as many as may be in flight, so all before them was acknowledged: whoever may lead has those
    /// of it that lie beyond `offset` in its log ([#apply] then goes by the log), and below it none will be
    /// repeated.
    public List<ProducerEntry> entriesBelow(long offset) {
        List<ProducerEntry> entries = new ArrayList<>();
        for (ProducerEntry entry : entries()) {
            List<ProducerBatch> below = entry.lastBatches().stream()
                    .filter(batch -> batch.lastOffset() < offset)
                    .toList();
            if (below.isEmpty()) {
                below = lastSequenceBefore(entry);
            }
            long transaction = entry.currentTransactionFirstOffset();
            boolean openBelow = transaction >= 0 && transaction < offset;
            if (!below.isEmpty() || openBelow) {
                entries.add(new ProducerEntry(
                        entry.producerId(),
                        entry.producerEpoch(),
                        entry.coordinatorEpoch(),
                        below.isEmpty()
                                ? entry.lastTimestampMs()
                                : below.getLast().timestampMs(),
                        openBelow ? transaction : -1,
                        below));
            }
        }
        return entries;
    }

    /// As a batch of one record, wherever it was; empty when it had not written with its epoch before.
    private static List<ProducerBatch> lastSequenceBefore(ProducerEntry entry) {
        if (entry.lastBatches().isEmpty() || entry.lastBatches().getFirst().baseSequence() == 0) {
            return List.of();
        }
        ProducerBatch oldest = entry.lastBatches().getFirst();
        int sequence = oldest.baseSequence() - 1;
        return List.of(new ProducerBatch(sequence, sequence, OFFSET_UNKNOWN, OFFSET_UNKNOWN, oldest.timestampMs()));
    }

    /// Replaces everything by the entries of a checkpoint.
    ///
    /// @param forgotten no producer with a higher id was ever forgotten; -1: none was
    public void restore(List<ProducerEntry> entries, long forgotten) {
        forgottenProducerId = forgotten;
        producers.clear();
        openTransactions.clear();
        for (ProducerEntry entry : entries) {
            Producer producer = new Producer();
            producer.producerEpoch = entry.producerEpoch();
            producer.coordinatorEpoch = entry.coordinatorEpoch();
            producer.lastTimestampMs = entry.lastTimestampMs();
            producer.currentTransactionFirstOffset = entry.currentTransactionFirstOffset();
            producer.lastBatches.addAll(entry.lastBatches());
            producers.put(entry.producerId(), producer);
            if (entry.currentTransactionFirstOffset() >= 0) {
                openTransactions.put(entry.currentTransactionFirstOffset(), entry.producerId());
            }
        }
    }

    private static int lastSequence(BatchHeader header) {
        return next(header.baseSequence(), (int) (header.lastOffset() - header.baseOffset()));
    }

    /// Sequence numbers wrap from Integer.MAX_VALUE to 0.
    private static int next(int sequence, int increment) {
        return DefaultRecordBatch.incrementSequence(sequence, increment);
    }
}
