package io.sampo.core.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.sampo.core.partition.ProducerStates.Verdict;
import io.sampo.core.partition.ReplicaEvent.ProducerBatch;
import io.sampo.core.partition.ReplicaEvent.ProducerEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProducerStatesTest {
    private static final int MAX_PRODUCER_IDS = 100;
    private final ProducerStates states = new ProducerStates();
    private long nextOffset;

    private BatchHeader header(long producerId, int producerEpoch, int baseSequence, int recordCount) {
        return header(producerId, producerEpoch, baseSequence, recordCount, 1_000, false, false);
    }

    private BatchHeader header(
            long producerId,
            int producerEpoch,
            int baseSequence,
            int recordCount,
            long timestampMs,
            boolean isTransactional,
            boolean isControl) {
        return new BatchHeader(
                nextOffset,
                nextOffset + recordCount - 1,
                0,
                producerId,
                (short) producerEpoch,
                baseSequence,
                timestampMs,
                100,
                isTransactional,
                isControl);
    }

    private void write(BatchHeader header) {
        states.apply(header, MAX_PRODUCER_IDS);
        nextOffset = header.nextOffset();
    }

    @ParameterizedTest
    @CsvSource({
        // after sequences 0..9 of epoch 1 (last batch 5..9): epoch, sequence, count -> verdict
        "1, 10, 1, ACCEPTED",
        "1, 11, 1, OUT_OF_ORDER_SEQUENCE_NUMBER",
        "1, 9, 1, OUT_OF_ORDER_SEQUENCE_NUMBER",
        "1, 5, 5, DUPLICATE",
        "1, 0, 5, DUPLICATE",
        "1, 5, 4, OUT_OF_ORDER_SEQUENCE_NUMBER",
        "1, 0, 10, OUT_OF_ORDER_SEQUENCE_NUMBER",
        "2, 0, 1, ACCEPTED",
        "2, 10, 1, OUT_OF_ORDER_SEQUENCE_NUMBER",
        "2, 5, 5, OUT_OF_ORDER_SEQUENCE_NUMBER",
        "0, 10, 1, INVALID_PRODUCER_EPOCH",
        "0, 5, 5, INVALID_PRODUCER_EPOCH",
    })
    void aBatchFollowsThePreviousOneOfItsProducer(int epoch, int sequence, int count, String verdict) {
        write(header(7, 1, 0, 5));
        write(header(7, 1, 5, 5));

        assertEquals(verdict, describe(states.check(header(7, epoch, sequence, count), true)));
    }

    private static String describe(Verdict verdict) {
        return switch (verdict) {
            case Verdict.Accepted accepted -> accepted.name();
            case Verdict.Duplicate _ -> "DUPLICATE";
            case Verdict.Refused refused -> refused.error().name();
        };
    }

    @Test
    void aProducerThatHasNeverWrittenBeginsWithZero() {
        assertEquals("OUT_OF_ORDER_SEQUENCE_NUMBER", describe(states.check(header(7, 3, 5, 1), true)));
        assertEquals("ACCEPTED", describe(states.check(header(7, 3, 0, 1), true)));
        assertEquals("ACCEPTED", describe(states.check(header(7, 3, 5, 1), false)));
    }

    @Test
    void aProducerThatMayHaveBeenForgottenGoesOnWhereItIs() {
        write(header(7, 0, 0, 1, 1_000, false, false));
        states.expire(5_000, 1_000);
        ProducerStates restored = new ProducerStates();
        restored.restore(states.entries(), states.forgottenProducerId());

        for (ProducerStates each : List.of(states, restored)) {
            assertEquals("ACCEPTED", describe(each.check(header(7, 0, 42, 1), true)));
            assertEquals("ACCEPTED", describe(each.check(header(6, 0, 42, 1), true)));
            assertEquals("OUT_OF_ORDER_SEQUENCE_NUMBER", describe(each.check(header(8, 0, 42, 1), true)));
        }
    }

    @Test
    void onlyTheLastTenBatchesAreRecognised() {
        for (int sequence = 0; sequence < 11; sequence++) {
            write(header(7, 0, sequence, 1));
        }
        assertEquals("OUT_OF_ORDER_SEQUENCE_NUMBER", describe(states.check(header(7, 0, 0, 1), true)));
        Verdict verdict = states.check(header(7, 0, 1, 1), true);
        assertEquals(
                1, assertInstanceOf(Verdict.Duplicate.class, verdict).original().baseOffset());
    }

    /// Its leader stood still and had sent it on before; the producer waited for the answer, and had five newer ones in
    /// flight to the next leader. Refused, it would be written again under the producer's next epoch.
    @Test
    void whatWaitedForAnAnswerOfTheLastLeaderIsRecognisedBehindFiveFromTheNext() {
        write(header(7, 0, 0, 1));
        for (int newer = 0; newer < 5; newer++) {
            write(header(7, 0, 1 + 9 * newer, 9));
        }
        Verdict verdict = states.check(header(7, 0, 0, 1), true);
        assertEquals(
                0, assertInstanceOf(Verdict.Duplicate.class, verdict).original().baseOffset());
    }

    @Test
    void sequenceNumbersWrapToZero() {
        write(header(7, 0, Integer.MAX_VALUE - 1, 3));
        assertEquals("ACCEPTED", describe(states.check(header(7, 0, 1, 1), true)));
        assertEquals("OUT_OF_ORDER_SEQUENCE_NUMBER", describe(states.check(header(7, 0, 0, 1), true)));
        assertEquals("DUPLICATE", describe(states.check(header(7, 0, Integer.MAX_VALUE - 1, 3), true)));

        write(header(8, 0, Integer.MAX_VALUE, 1));
        assertEquals("ACCEPTED", describe(states.check(header(8, 0, 0, 1), true)));
    }

    @Test
    void coordinatorsAreHeldToTheEpochOnly() {
        write(header(7, 4, 0, 1));
        assertEquals("ACCEPTED", describe(states.check(header(7, 4, -1, 1), false)));
        assertEquals("INVALID_PRODUCER_EPOCH", describe(states.check(header(7, 3, -1, 1), false)));
    }

    private void beginAnewAt(long offset) {
        states.restore(states.entriesBelow(offset), states.forgottenProducerId());
        nextOffset = offset;
    }

    /// What a replica is told that begins anew at a log start: all that is remembered of the producer lies
    /// beyond.
    @Test
    void whoBeginsAnewKnowsTheSequenceBeforeTheRememberedBatches() {
        for (int sequence = 0; sequence < ProducerStates.BATCHES_REMEMBERED + 2; sequence++) {
            write(header(7, 1, sequence, 1));
        }
        beginAnewAt(1);

        assertEquals("OUT_OF_ORDER_SEQUENCE_NUMBER", describe(states.check(header(7, 1, 3, 1), true)));
        assertEquals(
                "OUT_OF_ORDER_SEQUENCE_NUMBER",
                describe(states.check(header(7, 1, 1, 1), true)),
                "nobody knows what was written under that number");
        assertEquals(Verdict.Accepted.ACCEPTED, states.check(header(7, 1, 2, 1), true));
    }

    /// Finding 28: the batches that stood for that number were given up, and come again.
    @Test
    void whenRecordsAreGivenUpASequenceWithoutItsBatchCountsNoMore() {
        write(header(8, 0, 0, 3));
        for (int sequence = 0; sequence < ProducerStates.BATCHES_REMEMBERED + 2; sequence++) {
            write(header(7, 1, sequence, 1));
        }
        beginAnewAt(4);
        states.forgetWhatTheLogDoesNotShow();

        assertEquals(1, states.size(), "what stands in the log is known");
        assertInstanceOf(Verdict.Duplicate.class, states.check(header(8, 0, 0, 3), true));
        assertEquals(Verdict.Accepted.ACCEPTED, states.check(header(7, 1, 1, 1), true));
        assertEquals(Verdict.Accepted.ACCEPTED, states.check(header(7, 1, 5, 1), true));
    }

    @Test
    void whoHasWrittenSinceIsKnownByThat() {
        for (int sequence = 0; sequence < ProducerStates.BATCHES_REMEMBERED + 2; sequence++) {
            write(header(7, 1, sequence, 1));
        }
        beginAnewAt(1);
        write(header(7, 1, 2, 1));
        states.forgetWhatTheLogDoesNotShow();

        assertInstanceOf(Verdict.Duplicate.class, states.check(header(7, 1, 2, 1), true));
        assertEquals("OUT_OF_ORDER_SEQUENCE_NUMBER", describe(states.check(header(7, 1, 4, 1), true)));
        assertEquals(Verdict.Accepted.ACCEPTED, states.check(header(7, 1, 3, 1), true));
    }

    /// A log whose end was lost below its log start: nobody's last batch is known.
    @Test
    void whenTheNewestBatchesOfAllAreMissingEverybodyGoesOnWhereItIs() {
        write(header(7, 1, 0, 1));
        states.forgetAll();

        assertEquals(0, states.size());
        assertEquals(Verdict.Accepted.ACCEPTED, states.check(header(7, 1, 5, 1), true));
    }

    @Test
    void producersExpireByTheTimeOfTheirLastBatch() {
        write(header(7, 0, 0, 1, 1_000, false, false));
        write(header(8, 0, 0, 1, 1_001, false, false));

        states.expire(2_000, 1_000);

        assertEquals(
                List.of(8L),
                states.entries().stream().map(ProducerEntry::producerId).toList());
        assertEquals("ACCEPTED", describe(states.check(header(7, 0, 9, 1), true)));
    }

    @Test
    void aboveTheBoundTheProducerThatWroteLongestAgoIsForgotten() {
        for (int producerId = 0; producerId < 3; producerId++) {
            states.apply(header(producerId, 0, 0, 1), 3);
        }
        states.apply(header(0, 0, 1, 1), 3);
        states.apply(header(9, 0, 0, 1), 3);

        assertEquals(
                List.of(2L, 0L, 9L),
                states.entries().stream().map(ProducerEntry::producerId).toList());
        assertEquals("ACCEPTED", describe(states.check(header(1, 0, 7, 1), true)));
        assertEquals("OUT_OF_ORDER_SEQUENCE_NUMBER", describe(states.check(header(3, 0, 7, 1), true)));
    }

    @Test
    void anOpenTransactionHoldsTheStableOffsetAndItsProducer() {
        write(header(7, 0, 0, 2, 1_000, true, false));
        write(header(8, 0, 0, 2, 1_000, true, false));
        assertEquals(0, states.firstOpenTransactionOffset());

        states.expire(Long.MAX_VALUE / 2, 1);
        assertEquals(2, states.size());

        write(header(7, 0, -1, 1, 2_000, true, true));
        assertEquals(2, states.firstOpenTransactionOffset());
        write(header(8, 0, -1, 1, 2_000, true, true));
        assertEquals(Long.MAX_VALUE, states.firstOpenTransactionOffset());
    }

    /// A judge that remembers all batches for ever and looks the rules up in them.
    private static final class Naive {
        private final TreeMap<Long, List<BatchHeader>> log = new TreeMap<>();

        String check(BatchHeader batch) {
            List<BatchHeader> written = log.getOrDefault(batch.producerId(), List.of());
            if (written.isEmpty()) {
                return batch.baseSequence() == 0 ? "ACCEPTED" : Errors.OUT_OF_ORDER_SEQUENCE_NUMBER.name();
            }
            BatchHeader last = written.getLast();
            List<BatchHeader> sameEpoch = written.stream()
                    .filter(header -> header.producerEpoch() == last.producerEpoch())
                    .toList();
            if (batch.producerEpoch() < last.producerEpoch()) {
                return Errors.INVALID_PRODUCER_EPOCH.name();
            }
            if (batch.producerEpoch() > last.producerEpoch()) {
                return batch.baseSequence() == 0 ? "ACCEPTED" : Errors.OUT_OF_ORDER_SEQUENCE_NUMBER.name();
            }
            for (BatchHeader known : sameEpoch.subList(Math.max(0, sameEpoch.size() - 10), sameEpoch.size())) {
                if (known.baseSequence() == batch.baseSequence() && count(known) == count(batch)) {
                    return "DUPLICATE";
                }
            }
            return batch.baseSequence() == last.baseSequence() + count(last)
                    ? "ACCEPTED"
                    : Errors.OUT_OF_ORDER_SEQUENCE_NUMBER.name();
        }

        private static long count(BatchHeader header) {
            return header.lastOffset() - header.baseOffset() + 1;
        }

        void write(BatchHeader header) {
            log.computeIfAbsent(header.producerId(), _ -> new ArrayList<>()).add(header);
        }
    }

    @Property(tries = 300)
    void agreesWithANaiveJudgeOnAnyTraffic(@ForAll long seed) {
        Random random = new Random(seed);
        ProducerStates tested = new ProducerStates();
        Naive naive = new Naive();
        long offset = 0;
        for (int i = 0; i < 200; i++) {
            int count = 1 + random.nextInt(3);
            BatchHeader batch = new BatchHeader(
                    offset,
                    offset + count - 1,
                    0,
                    random.nextInt(3),
                    (short) random.nextInt(3),
                    random.nextInt(12),
                    1_000,
                    100,
                    false,
                    false);
            String verdict = naive.check(batch);
            assertEquals(verdict, describe(tested.check(batch, true)), "seed " + seed + ", step " + i + ": " + batch);
            if (verdict.equals("ACCEPTED")) {
                tested.apply(batch, MAX_PRODUCER_IDS);
                naive.write(batch);
                offset = batch.nextOffset();
            }
            if (random.nextInt(20) == 0) {
                ProducerStates restored = new ProducerStates();
                restored.restore(tested.entries(), tested.forgottenProducerId());
                assertEquals(tested.entries(), restored.entries());
                tested = restored;
            }
        }
    }

    @Test
    void anEntryHoldsWhatTheLogSays() {
        write(header(7, 2, 0, 2, 1_234, false, false));
        assertEquals(
                List.of(new ProducerEntry(7, (short) 2, -1, 1_234, -1, List.of(new ProducerBatch(0, 1, 0, 1, 1_234)))),
                states.entries());
    }
}
