package io.sampo.streams.fetch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.streams.connection.ClusterView;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

/// The small rules: budget, plan, end, pauses, settings.
class FetchRulesTest {

    private static FetchSettings settings(Map<String, Object> values) {
        return FetchSettings.from(new AbstractConfig(FetchSettings.define(new ConfigDef()), values, false));
    }

    @Test
    void defaultsAreKafkas() {
        FetchSettings settings = settings(Map.of());
        assertEquals(
                new FetchSettings(
                        1,
                        52_428_800,
                        500,
                        1_048_576,
                        IsolationLevel.READ_UNCOMMITTED,
                        ResetPolicy.LATEST,
                        true,
                        "",
                        300_000,
                        100,
                        1_000,
                        30_000,
                        33_554_432),
                settings);
        assertEquals(
                IsolationLevel.READ_COMMITTED,
                settings(Map.of("isolation.level", "read_committed")).isolationLevel());
        assertEquals(
                new ResetPolicy(ResetPolicy.Kind.BY_DURATION, 3_600_000),
                settings(Map.of("auto.offset.reset", "by_duration:PT1H")).autoOffsetReset());
        assertThrows(ConfigException.class, () -> settings(Map.of("auto.offset.reset", "sometimes")));
        assertThrows(ConfigException.class, () -> settings(Map.of("sampo.prefetch.max.bytes", 0)));
    }

    @Test
    void definingTwiceIsAllowedSinceNamesAreShared() {
        ConfigDef shared = new ConfigDef()
                .define("retry.backoff.ms", ConfigDef.Type.LONG, 7L, ConfigDef.Importance.LOW, "of another part");
        assertEquals(
                7,
                FetchSettings.from(new AbstractConfig(FetchSettings.define(shared), Map.of(), false))
                        .retryBackoffMs());
    }

    @Test
    void whatIsHeldAndReservedNeverExceedsTheBudget() {
        PrefetchBudget budget = new PrefetchBudget(1_000);
        budget.reserve(600);
        assertEquals(400, budget.freeBytes());
        budget.settle(600, 900);
        assertEquals(100, budget.freeBytes());
        budget.reserve(100);
        budget.settle(100, 5_000);
        assertEquals(0, budget.freeBytes());
        budget.release(5_900);
        assertEquals(1_000, budget.freeBytes());
        assertEquals(100, budget.partitionFetchBytes(10, 300));
        assertEquals(200, budget.partitionFetchBytes(2, 200));
        assertEquals(250, budget.partitionFetchBytes(1, 300));
        assertEquals(250, budget.brokerFetchBytes(2, 10_000));
        assertEquals(200, budget.brokerFetchBytes(1, 200));
    }

    private static ClusterView view(int partitions) {
        List<ClusterView.Partition> all = new ArrayList<>();
        for (int i = 0; i < partitions; i++) {
            all.add(new ClusterView.Partition(i, OptionalInt.of(1 + i % 2), 0, List.of(1, 2)));
        }
        return new ClusterView(
                Optional.empty(),
                Map.of(
                        1, new ClusterView.Node(1, "a", 1, Optional.empty()),
                        2, new ClusterView.Node(2, "b", 1, Optional.empty())),
                Map.of("t", new ClusterView.Topic("t", Uuid.ZERO_UUID, Errors.NONE, all)));
    }

    @Test
    void aPlanAsksEachIdleBrokerForWhatItLeads() {
        List<PartitionState> states = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            states.add(new PartitionState(
                    new TopicPartition("t", i), i == 4 ? StartPosition.earliest() : StartPosition.offset(0)));
        }
        FetchSettings settings = settings(Map.of("sampo.prefetch.max.bytes", 4_000));
        FetchPlan plan = FetchPlan.of(states, view(4), node -> node == 2, new PrefetchBudget(4_000), settings, 0);
        assertEquals(Map.of(1, List.of(states.get(0), states.get(2))), plan.fetches());
        assertEquals(List.of(states.get(4)), plan.leaderless());
        assertEquals(800, plan.partitionBytes());
        assertEquals(1_000, plan.brokerBytes());
        assertEquals(1_000, plan.fetchBytes(2, 4_000));
        assertEquals(900, plan.fetchBytes(2, 900));
        assertEquals(0, plan.fetchBytes(2, 799));
        assertEquals(
                Map.of(2, List.of(states.get(3))),
                FetchPlan.of(states.subList(3, 4), view(4), _ -> false, new PrefetchBudget(4_000), settings, 0)
                        .fetches());
    }

    @Test
    void whoHoldsMoreThanIsFreeIsLeftOutAndTheOthersWaitShortly() {
        PartitionState full = new PartitionState(new TopicPartition("t", 0), StartPosition.offset(0));
        PartitionState idle = new PartitionState(new TopicPartition("t", 2), StartPosition.offset(0));
        PrefetchBudget budget = new PrefetchBudget(1_000);
        budget.reserve(600);
        budget.settle(600, 600);
        full.waiting().add(new Chunk(full.id(), List.of(), null, 0, 1, EndRule.NEVER, 600, 1, _ -> {}));
        FetchSettings settings = settings(Map.of());
        FetchPlan plan = FetchPlan.of(List.of(full, idle), view(4), _ -> false, budget, settings, 0);
        assertEquals(Map.of(1, List.of(idle)), plan.fetches());
        assertEquals(Set.of(1), plan.leftOut());
        assertEquals(FetchPlan.LEFT_OUT_MAX_WAIT_MS, plan.maxWaitMs(1, settings));
        assertEquals(500, plan.maxWaitMs(2, settings));
    }

    @Test
    void aReadingIsAtItsEndAtTheEndAndBeyond() {
        assertFalse(EndRule.reached(4, 5));
        assertTrue(EndRule.reached(5, 5));
        assertTrue(EndRule.reached(9, 5));
        assertFalse(EndRule.reached(9, EndRule.NEVER));
        assertTrue(EndRule.emptyUpTo(3, 5, 5));
        assertFalse(EndRule.emptyUpTo(3, 5, 4));
        assertFalse(EndRule.emptyUpTo(3, EndRule.NEVER, 5));
    }
}
