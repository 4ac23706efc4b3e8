package io.sampo.core.fetch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.fetch.LeaderEpochRules.EpochEnd;
import io.sampo.core.partition.EpochStart;
import io.sampo.core.partition.ReadView;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FetchRulesTest {
    private static final List<EpochStart> EPOCHS =
            List.of(new EpochStart(2, 10), new EpochStart(5, 20), new EpochStart(7, 20), new EpochStart(9, 35));

    @ParameterizedTest
    @CsvSource({
        "-1,4,NONE",
        "4,4,NONE",
        "3,4,FENCED_LEADER_EPOCH",
        "5,4,UNKNOWN_LEADER_EPOCH",
        "0,4,FENCED_LEADER_EPOCH"
    })
    void leaderEpochOfTheClientIsCompared(int requestEpoch, int leaderEpoch, Errors expected) {
        assertEquals(expected, LeaderEpochRules.check(requestEpoch, leaderEpoch));
    }

    @ParameterizedTest
    @CsvSource({
        "-1, -1, -1", // undefined
        "0, 0, 10", // before all: ends where the first begins
        "2, 2, 20",
        "3, 2, 20", // between two: the lower one
        "5, 5, 20",
        "6, 5, 20",
        "7, 7, 35",
        "9, 9, 50", // the newest ends with the log
        "10, -1, -1" // unknown to this leader
    })
    void epochEndsWhereTheNextBegins(int requestedEpoch, int expectedEpoch, long expectedEnd) {
        assertEquals(new EpochEnd(expectedEpoch, expectedEnd), LeaderEpochRules.endOf(requestedEpoch, EPOCHS, 50));
    }

    @Property
    void endOfAnEpochAgreesWithAScan(
            @ForAll @Size(max = 8) List<@IntRange(min = 1, max = 5) Integer> steps,
            @ForAll @IntRange(min = -1, max = 50) int requestedEpoch) {
        List<EpochStart> epochs = new ArrayList<>();
        int epoch = 0;
        long offset = 0;
        for (int step : steps) {
            epoch += step;
            epochs.add(new EpochStart(epoch, offset));
            offset += step % 3;
        }
        long logEndOffset = offset + 5;

        assertEquals(
                scannedEnd(requestedEpoch, epochs, logEndOffset),
                LeaderEpochRules.endOf(requestedEpoch, epochs, logEndOffset));
    }

    /// One entry for each epoch number up to the newest, as the plain reading of KIP-279 has it.
    private static EpochEnd scannedEnd(int requestedEpoch, List<EpochStart> epochs, long logEndOffset) {
        if (requestedEpoch == -1
                || epochs.isEmpty()
                || requestedEpoch > epochs.getLast().leaderEpoch()) {
            return EpochEnd.UNDEFINED;
        }
        int floor = requestedEpoch;
        long end = logEndOffset;
        for (EpochStart start : epochs) {
            if (start.leaderEpoch() <= requestedEpoch) {
                floor = start.leaderEpoch();
            } else {
                end = start.startOffset();
                break;
            }
        }
        return new EpochEnd(floor, end);
    }

    @ParameterizedTest
    @CsvSource({"9,-1", "10,2", "19,2", "20,7", "34,7", "35,9", "99,9"})
    void epochOfAnOffsetIsTheLastThatBeganThere(long offset, int expected) {
        assertEquals(expected, LeaderEpochRules.epochAt(offset, EPOCHS));
    }

    @ParameterizedTest
    @CsvSource({
        "9, OFFSET_OUT_OF_RANGE",
        "10, NONE",
        "40, NONE",
        "45, NONE", // between high watermark and log end: wait there
        "50, NONE",
        "51, OFFSET_OUT_OF_RANGE",
        "-1, OFFSET_OUT_OF_RANGE"
    })
    void fetchOffsetMustLieInTheLog(long fetchOffset, Errors expected) {
        assertEquals(expected, FetchRules.check(new ReadView(9, 10, 40, 38, 50), 9, fetchOffset));
    }

    @Test
    void epochIsCheckedBeforeTheOffset() {
        assertEquals(Errors.FENCED_LEADER_EPOCH, FetchRules.check(new ReadView(9, 10, 40, 38, 50), 8, 999));
    }

    @Test
    void readCommittedEndsAtTheLastStableOffset() {
        ReadView view = new ReadView(9, 10, 40, 38, 50);

        assertEquals(38, FetchRules.upperOffset(view, true));
        assertEquals(40, FetchRules.upperOffset(view, false));
    }

    @ParameterizedTest
    @CsvSource({
        "-1, 30, , ", // does not say
        "9, 40, , ", // agrees
        "9, 60, 9, 50", // is beyond the log
        "5, 25, 5, 20", // that epoch ended before
        "3, 15, 2, 20", // an epoch that this log never had
        "10, 40, -1, -1" // an epoch that this leader never heard of
    })
    void divergenceIsTold(int lastFetchedEpoch, long fetchOffset, Integer epoch, Long endOffset) {
        EpochEnd divergence = FetchRules.divergence(lastFetchedEpoch, fetchOffset, EPOCHS, 50);

        if (epoch == null) {
            assertNull(divergence);
        } else {
            assertEquals(new EpochEnd(epoch, endOffset), divergence);
        }
    }

    @Test
    void onlyTheFirstNonEmptyPartitionMayExceedTheLimits() {
        FetchBudget budget = new FetchBudget(100);

        assertTrue(budget.atLeastOneBatch());
        budget.took(0); // an empty partition changes nothing
        assertTrue(budget.atLeastOneBatch());
        budget.took(500); // one batch, larger than all limits
        assertFalse(budget.atLeastOneBatch());
        assertFalse(budget.mayRead(1000));
        assertEquals(0, budget.maxBytesOf(1000));
        assertEquals(500, budget.takenBytes());
    }

    @Test
    void limitsOfPartitionAndFetchBothHold() {
        FetchBudget budget = new FetchBudget(100);

        assertEquals(30, budget.maxBytesOf(30));
        budget.took(80);
        assertEquals(20, budget.maxBytesOf(30));
        assertEquals(0, budget.maxBytesOf(-5));
        assertEquals(0, new FetchBudget(-1).maxBytesOf(10));
    }
}
