package io.sampo.streams.consume;

import static org.apache.kafka.common.IsolationLevel.READ_COMMITTED;
import static org.apache.kafka.common.IsolationLevel.READ_UNCOMMITTED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.streams.Lag;
import io.sampo.streams.fetch.PartitionProgress;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class LagsTest {
    private static final TopicPartition FIRST = new TopicPartition("orders", 0);
    private static final TopicPartition SECOND = new TopicPartition("orders", 1);

    private static Owned handled(TopicPartition partition, int count) {
        Owned owned = new Owned(partition, 0, 0, _ -> {});
        for (int offset = 0; offset < count; offset++) {
            owned.delivered(offset, 0, 1_000 + offset);
            owned.acknowledge(offset);
        }
        return owned;
    }

    private static PartitionProgress upTo(long highWatermark) {
        return new PartitionProgress(0, 0, Long.MAX_VALUE, highWatermark, highWatermark, 0, 0, false);
    }

    @Test
    void countsWhatIsNotHandledAndHowOldTheNewestHandledIs() {
        Lag lag = Lags.of(
                Map.of(FIRST, handled(FIRST, 10), SECOND, handled(SECOND, 4)),
                Map.of(FIRST, upTo(10), SECOND, upTo(9)),
                READ_UNCOMMITTED,
                6_003);
        assertEquals(5, lag.records());
        assertEquals(Optional.of(Duration.ofMillis(5_000)), lag.behind());
        assertEquals(
                new Lag.OfPartition(10, 10, Optional.of(Duration.ZERO)),
                lag.partitions().get(FIRST));
    }

    @Test
    void theSecondsAreThoseOfTheOldestRecordThatIsNotDone() {
        Owned owned = new Owned(FIRST, 0, 0, _ -> {});
        for (int offset = 0; offset < 100; offset++) {
            owned.delivered(offset, 0, 1_000 + offset * 10L);
        }
        owned.acknowledge(0);
        owned.acknowledge(99);
        Lag lag = Lags.of(Map.of(FIRST, owned), Map.of(FIRST, upTo(200)), READ_UNCOMMITTED, 5_000);
        assertEquals(199, lag.records());
        assertEquals(Optional.of(Duration.ofMillis(5_000 - 1_010)), lag.behind());

        for (int offset = 1; offset < 99; offset++) {
            owned.acknowledge(offset);
        }
        lag = Lags.of(Map.of(FIRST, owned), Map.of(FIRST, upTo(200)), READ_UNCOMMITTED, 5_000);
        assertEquals(100, lag.records());
        assertEquals(Optional.of(Duration.ofMillis(5_000 - 1_990)), lag.behind());
    }

    @Test
    void whatAnOpenTransactionHoldsBackCountsOnlyForThoseWhoReadIt() {
        PartitionProgress open = new PartitionProgress(0, 0, Long.MAX_VALUE, 30, 10, 0, 0, false);
        Map<TopicPartition, Owned> owned = Map.of(FIRST, handled(FIRST, 10));
        assertEquals(0, Lags.of(owned, Map.of(FIRST, open), READ_COMMITTED, 1).records());
        assertEquals(
                20, Lags.of(owned, Map.of(FIRST, open), READ_UNCOMMITTED, 1).records());
    }

    @Test
    void whatNobodyKnowsYetIsLeftOut() {
        Lag lag = Lags.of(
                Map.of(FIRST, handled(FIRST, 0), SECOND, handled(SECOND, 0)),
                Map.of(FIRST, upTo(-1)),
                READ_UNCOMMITTED,
                1);
        assertTrue(lag.partitions().isEmpty());
        assertEquals(0, lag.records());
        assertEquals(Optional.empty(), lag.behind());
    }
}
