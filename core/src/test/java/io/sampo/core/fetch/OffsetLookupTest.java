package io.sampo.core.fetch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sampo.core.fetch.OffsetLookup.Listed;
import io.sampo.core.partition.EpochStart;
import io.sampo.core.partition.LogSettings;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.PartitionLog;
import io.sampo.core.partition.ReadView;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OffsetLookupTest {
    private static final ReadView VIEW = new ReadView(4, 10, 30, 25, 32);
    private static final short NEWEST = 11;

    private final TableLog log = new TableLog(List.of(new EpochStart(3, 5), new EpochStart(4, 20)));

    @ParameterizedTest(name = "{0} v{1} committed {2}: {3}")
    @CsvSource({
        "-2, 1, false, NONE, 10, 3",
        "-4, 8, false, NONE, 10, 3",
        "-4, 7, false, UNSUPPORTED_VERSION, -1, -1",
        "-1, 1, false, NONE, 30, 4",
        "-1, 1, true, NONE, 25, 4",
        "-5, 9, false, NONE, -1, -1",
        "-5, 8, false, UNSUPPORTED_VERSION, -1, -1",
        "-6, 11, false, NONE, -1, -1",
        "-6, 10, false, UNSUPPORTED_VERSION, -1, -1",
        "-3, 6, false, UNSUPPORTED_VERSION, -1, -1",
        "-7, 11, false, UNSUPPORTED_VERSION, -1, -1"
    })
    void specialTimestamps(
            long timestamp, short version, boolean committed, Errors error, long offset, int leaderEpoch) {
        assertEquals(
                new Listed(error, -1, offset, leaderEpoch),
                OffsetLookup.find(timestamp, version, committed, -1, VIEW, log));
    }

    @Test
    void searchByTimeEndsAtTheIsolationLevel() {
        // the table log has a record with timestamp = 100 * offset
        assertEquals(new Listed(Errors.NONE, 2400, 24, 4), OffsetLookup.find(2400, NEWEST, true, 4, VIEW, log));
        assertEquals(new Listed(Errors.NONE, -1, -1, -1), OffsetLookup.find(2500, NEWEST, true, 4, VIEW, log));
        assertEquals(new Listed(Errors.NONE, 2900, 29, 4), OffsetLookup.find(2801, NEWEST, false, 4, VIEW, log));
        assertEquals(new Listed(Errors.NONE, 2900, 29, 4), OffsetLookup.find(-3, NEWEST, false, 4, VIEW, log));
        assertEquals(new Listed(Errors.NONE, 1000, 10, 3), OffsetLookup.find(0, NEWEST, false, 4, VIEW, log));
    }

    @Test
    void leaderEpochIsChecked() {
        assertEquals(Listed.failed(Errors.FENCED_LEADER_EPOCH), OffsetLookup.find(-1, NEWEST, false, 3, VIEW, log));
        assertEquals(Listed.failed(Errors.UNKNOWN_LEADER_EPOCH), OffsetLookup.find(-1, NEWEST, false, 5, VIEW, log));
    }

    @Test
    void newLeaderThatIsBehindKnowsNoLatestOffsetYet() {
        TableLog behind = new TableLog(List.of(new EpochStart(3, 5), new EpochStart(4, 31)));

        assertEquals(
                Listed.failed(Errors.OFFSET_NOT_AVAILABLE), OffsetLookup.find(-1, NEWEST, false, -1, VIEW, behind));
        assertEquals(
                Listed.failed(Errors.LEADER_NOT_AVAILABLE), OffsetLookup.find(-1, (short) 4, false, -1, VIEW, behind));
        assertEquals(
                Listed.failed(Errors.OFFSET_NOT_AVAILABLE), OffsetLookup.find(9999, NEWEST, false, -1, VIEW, behind));
        assertEquals(10, OffsetLookup.find(-2, NEWEST, false, -1, VIEW, behind).offset());
        assertEquals(
                20, OffsetLookup.find(2000, NEWEST, false, -1, VIEW, behind).offset());
    }

    /// One record per offset from 10 to 31, timestamp = 100 * offset.
    private record TableLog(List<EpochStart> epochStarts) implements PartitionLog {
        @Override
        public PartitionId id() {
            return new PartitionId(Uuid.ONE_UUID, 0);
        }

        @Override
        public String topic() {
            return "t";
        }

        @Override
        public long logStartOffset() {
            return 10;
        }

        @Override
        public long logEndOffset() {
            return 32;
        }

        @Override
        public long durableEndOffset() {
            return 32;
        }

        @Override
        public long sizeInBytes() {
            return 0;
        }

        @Override
        public Slice read(long startOffset, long upperOffset, int maxBytes, boolean atLeastOneBatch) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Optional<TimestampedOffset> offsetForTimestamp(long timestampMs, long upperOffset) {
            long offset = Math.max(10, (timestampMs + 99) / 100);
            return offset < upperOffset ? Optional.of(at(offset)) : Optional.empty();
        }

        @Override
        public Optional<TimestampedOffset> maxTimestamp(long upperOffset) {
            return Optional.of(at(upperOffset - 1));
        }

        private TimestampedOffset at(long offset) {
            return new TimestampedOffset(offset * 100, offset, LeaderEpochRules.epochAt(offset, epochStarts));
        }

        @Override
        public void forEachBatch(long startOffset, long upperOffset, BatchVisitor visitor) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void updateSettings(LogSettings settings) {}
    }
}
