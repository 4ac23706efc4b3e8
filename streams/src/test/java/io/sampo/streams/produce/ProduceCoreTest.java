package io.sampo.streams.produce;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.streams.connection.ClusterView;
import io.sampo.streams.produce.ProduceEffect.AskIdentity;
import io.sampo.streams.produce.ProduceEffect.CompleteBatch;
import io.sampo.streams.produce.ProduceEffect.RefreshTopics;
import io.sampo.streams.produce.ProduceEffect.SendBatches;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.DisconnectException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

class ProduceCoreTest {
    private static final int BATCH = 10;
    private final Map<Integer, SimulatedSupply> supplies = new HashMap<>();
    private ClusterView view = ScriptedBroker.view(4);
    private ProduceCore core = core(true, 5, 10_000);
    private long nowMs;
    private int lastId;

    @Test
    void aBatchGoesWhenItIsFullOrHasLingered() {
        identify();
        records(0, 1);
        assertEquals(List.of(), sent());
        assertEquals(5, core.nextPollMs());
        nowMs = 5;
        assertEquals(1, sent().size());
        records(2, BATCH);
        assertEquals(1, sent().size(), "at once");
    }

    @Test
    void openBatchesOfTheSameNodeRideAlong() {
        identify();
        records(0, BATCH);
        records(2, 1);
        records(1, 1);
        SendBatches only = sent().getFirst();
        assertEquals(Set.of(0, 2), partitions(only), "partition 1 is led by another node and lingers");
    }

    @Test
    void aRequestHoldsNoMoreThanMaxRequestSize() {
        core = core(true, 5, 150);
        identify();
        records(0, BATCH);
        records(2, BATCH);
        List<SendBatches> sends = sent();
        assertEquals(2, sends.size());
        assertEquals(1, sends.getFirst().batches().size());
    }

    @Test
    void aNodeHasNoMoreRequestsInFlightThanItMay() {
        core = core(true, 2, 100);
        identify();
        confirm(0);
        records(0, 5 * BATCH);
        List<SendBatches> sends = sent();
        assertEquals(2, sends.size());
        answer(sends.getFirst(), PartitionAnswer.at(0));
        assertEquals(1, sent().size());
    }

    @Test
    void itIsSaturatedWhenNoNodeTakesAnotherRequest() {
        core = core(true, 2, 100);
        identify();
        confirm(0);
        confirm(1);
        records(0, 5 * BATCH);
        sent();
        assertFalse(core.isSaturated(view), "the leader of partition 1 takes some");
        records(1, 5 * BATCH);
        List<SendBatches> sends = sent();
        assertEquals(2, sends.size());
        assertTrue(core.isSaturated(view));
        assertFalse(core.isSaturated(ClusterView.EMPTY));
        answer(sends.getFirst(), PartitionAnswer.at(0));
        assertFalse(core.isSaturated(view));
    }

    @Test
    void theFirstBatchOfAProducerGoesAlone() {
        identify();
        records(0, 3 * BATCH);
        SendBatches first = sent().getFirst();
        answer(first, PartitionAnswer.at(0));
        assertEquals(2, sent().size());
    }

    @Test
    void withoutIdempotenceOneBatchOfAPartitionIsInFlight() {
        core = core(false, 5, 10_000);
        records(0, 3 * BATCH);
        SendBatches first = sent().getFirst();
        assertEquals(-1, first.batches().getFirst().baseSequence());
        core.failed(first.requestId(), new DisconnectException(), nowMs);
        nowMs += 1_000;
        SendBatches again = sent().getFirst();
        assertEquals(1, ids(again).getFirst());
    }

    @Test
    void aRetryWaitsForTheBackoffAndKeepsItsSequence() {
        identify();
        confirm(0);
        records(0, 2 * BATCH);
        List<SendBatches> sends = sent();
        core.failed(sends.get(0).requestId(), new DisconnectException(), nowMs);
        core.failed(sends.get(1).requestId(), new DisconnectException(), nowMs);
        assertEquals(List.of(), sent());
        nowMs += 200;
        List<SendBatches> again = sent();
        assertEquals(1, again.size(), "one at a time");
        assertEquals(ids(sends.get(0)), ids(again.getFirst()));
        assertEquals(10, again.getFirst().batches().getFirst().baseSequence());
    }

    @Test
    void whatIsBehindARefusedBatchIsNumberedUnderTheNextEpoch() {
        identify();
        confirm(0);
        records(0, 2 * BATCH);
        List<SendBatches> sends = sent();
        answer(sends.get(0), PartitionAnswer.of(Errors.INVALID_RECORD));
        answer(sends.get(1), PartitionAnswer.of(Errors.OUT_OF_ORDER_SEQUENCE_NUMBER));
        nowMs += 200;
        PendingBatch renumbered = sent().getFirst().batches().getFirst();
        assertEquals(0, renumbered.baseSequence());
        assertEquals(new ProducerIdentity(7, (short) 1), renumbered.identity());
    }

    @Test
    void aCopyThatMayBeOnItsWayIsNotNumberedAnew() {
        identify();
        confirm(0);
        records(0, BATCH);
        SendBatches send = sent().getFirst();
        core.failed(send.requestId(), new TimeoutException(), nowMs);
        nowMs += 200;
        SendBatches again = sent().getFirst();
        answer(again, PartitionAnswer.of(Errors.OUT_OF_ORDER_SEQUENCE_NUMBER));
        assertEquals(List.of(), sent());
        nowMs += 10_000;
        SendBatches third = sent().getFirst();
        assertEquals(10, third.batches().getFirst().baseSequence());
        answer(third, PartitionAnswer.of(Errors.OUT_OF_ORDER_SEQUENCE_NUMBER));
        nowMs += 1_000;
        assertEquals(0, sent().getFirst().batches().getFirst().baseSequence());
    }

    @Test
    void aBatchThatRanOutOfTimeLeavesAGapThatTheNextEpochCloses() {
        identify();
        confirm(0);
        records(0, BATCH);
        sent();
        nowMs = 60_000;
        List<ProduceEffect> done = poll();
        assertInstanceOf(
                TimeoutException.class,
                ((BatchOutcome.Failed) completions(done).getFirst().outcome()).failure());
        records(0, BATCH);
        PendingBatch next = sent().getFirst().batches().getFirst();
        assertEquals(new ProducerIdentity(7, (short) 1), next.identity());
        assertEquals(0, next.baseSequence());
    }

    @Test
    void behindTheLastEpochComesAnotherProducerId() {
        records(0, BATCH);
        assertInstanceOf(AskIdentity.class, poll().getFirst());
        core.identified(new ProducerIdentity(7, Short.MAX_VALUE));
        SendBatches send = sent().getFirst();
        answer(send, PartitionAnswer.of(Errors.UNKNOWN_PRODUCER_ID));
        nowMs += 200;
        assertInstanceOf(AskIdentity.class, poll().getFirst());
        core.identified(new ProducerIdentity(8, (short) 0));
        assertEquals(
                new ProducerIdentity(8, (short) 0),
                sent().getFirst().batches().getFirst().identity());
    }

    @Test
    void aFencedBatchFailsAndTheNextHasAnotherProducerId() {
        identify();
        records(0, BATCH);
        answer(sent().getFirst(), PartitionAnswer.of(Errors.INVALID_PRODUCER_EPOCH));
        records(0, BATCH);
        List<ProduceEffect> next = poll();
        assertEquals(1, completions(next).size());
        assertTrue(next.contains(new AskIdentity()));
    }

    @Test
    void aLeaderThatTheBrokerNamesIsAskedAtOnce() {
        identify();
        records(0, BATCH);
        answer(sent().getFirst(), new PartitionAnswer(Errors.NOT_LEADER_OR_FOLLOWER, -1, -1, null, Map.of(), 1, 4));
        assertEquals(1, sent().getFirst().nodeId());
    }

    @Test
    void withoutAHintTheTopicIsRefreshedOnceInAWhile() {
        identify();
        records(0, BATCH);
        answer(sent().getFirst(), PartitionAnswer.of(Errors.NOT_LEADER_OR_FOLLOWER));
        view = ClusterView.EMPTY;
        assertTrue(poll().contains(new RefreshTopics(Set.of(ScriptedBroker.TOPIC))));
        core.refreshed(nowMs);
        nowMs += 90;
        assertFalse(poll().contains(new RefreshTopics(Set.of(ScriptedBroker.TOPIC))));
        nowMs += 200;
        assertTrue(poll().contains(new RefreshTopics(Set.of(ScriptedBroker.TOPIC))));
    }

    @Test
    void retriesEnd() {
        core = new ProduceCore(
                new ProduceRules(true, 5, 1, 10_000, 60_000, 10_000, 100, 1_000), new SplittableRandom(1));
        identify();
        records(0, BATCH);
        answer(sent().getFirst(), PartitionAnswer.of(Errors.NOT_ENOUGH_REPLICAS));
        nowMs += 200;
        answer(sent().getFirst(), PartitionAnswer.of(Errors.NOT_ENOUGH_REPLICAS));
        assertEquals(1, completions(poll()).size());
    }

    private static ProduceCore core(boolean idempotence, int maxInFlight, int maxRequestBytes) {
        return new ProduceCore(
                new ProduceRules(
                        idempotence, maxInFlight, Integer.MAX_VALUE, maxRequestBytes, 60_000, 10_000, 100, 1_000),
                new SplittableRandom(1));
    }

    private void identify() {
        core.identified(new ProducerIdentity(7, (short) 0));
    }

    private void confirm(int partition) {
        records(partition, BATCH);
        answer(sent().getFirst(), PartitionAnswer.at(0));
        poll();
    }

    private void records(int partition, int count) {
        SimulatedSupply supply = supplies.computeIfAbsent(partition, _ -> new SimulatedSupply(BATCH, 5));
        for (int each = 0; each < count; each++) {
            supply.add(++lastId, nowMs);
        }
        core.touched(new TopicPartition(ScriptedBroker.TOPIC, partition), supply);
    }

    private List<ProduceEffect> poll() {
        return core.poll(nowMs, view);
    }

    private List<SendBatches> sent() {
        List<SendBatches> sends = new ArrayList<>();
        for (ProduceEffect effect : poll()) {
            if (effect instanceof SendBatches send) {
                sends.add(send);
            }
        }
        return sends;
    }

    private static List<CompleteBatch> completions(List<ProduceEffect> all) {
        return all.stream()
                .filter(CompleteBatch.class::isInstance)
                .map(CompleteBatch.class::cast)
                .toList();
    }

    private void answer(SendBatches send, PartitionAnswer each) {
        Map<TopicPartition, PartitionAnswer> answers = new HashMap<>();
        send.batches().forEach(batch -> answers.put(batch.partition, each));
        core.answered(send.requestId(), answers, nowMs, view);
    }

    private static Set<Integer> partitions(SendBatches send) {
        return Set.copyOf(send.batches().stream()
                .map(batch -> batch.partition.partition())
                .toList());
    }

    private static List<Integer> ids(SendBatches send) {
        return ((SimulatedSupply.Numbers) send.batches().getFirst().content).ids();
    }
}
