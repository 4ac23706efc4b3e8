package io.sampo.streams.fetch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.streams.connection.ClusterView;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

class PartitionStateTest {
    private static final TopicPartition P0 = new TopicPartition("t", 0);

    private static ClusterView view(int leader, int epoch, Integer... nodes) {
        Map<Integer, ClusterView.Node> all = new java.util.HashMap<>();
        for (int node : nodes) {
            all.put(node, new ClusterView.Node(node, "h", 1, Optional.empty()));
        }
        ClusterView.Partition partition = new ClusterView.Partition(0, OptionalInt.of(leader), epoch, List.of(1, 2, 3));
        return new ClusterView(
                Optional.empty(),
                all,
                Map.of("t", new ClusterView.Topic("t", Uuid.ZERO_UUID, Errors.NONE, List.of(partition))));
    }

    @Test
    void outOfRangeWithoutAPolicyNamesTheOffsetAndTheRange() {
        PartitionState state = new PartitionState(P0, StartPosition.offset(500));
        state.outOfRange(ResetPolicy.NONE, 0);
        assertEquals(new Lookup(Lookup.Purpose.RANGE_FIRST, Lookup.EARLIEST), state.lookup());
        state.looked(state.lookup(), 10, -1, 1);
        PartitionState.Outcome outcome = state.looked(state.lookup(), 90, -1, 1);
        FetchFailure.OffsetOutOfRange failure = assertInstanceOf(
                FetchFailure.OffsetOutOfRange.class,
                assertInstanceOf(PartitionState.Outcome.Fail.class, outcome).failure());
        assertEquals(P0, failure.partition());
        assertEquals(500, failure.offset());
        assertEquals(10, failure.firstOffset());
        assertEquals(90, failure.endOffset());
        assertFalse(state.isActive());
    }

    @Test
    void aTimestampWithoutARecordStandsForTheEndAsOfNow() {
        PartitionState state = new PartitionState(P0, StartPosition.timestamp(Instant.ofEpochMilli(5)));
        state.looked(state.lookup(), -1, -1, 1);
        assertEquals(Lookup.LATEST, state.lookup().timestamp());
        state.looked(state.lookup(), 40, -1, 1);
        assertEquals(40, state.fetchOffset());
        assertInstanceOf(PartitionState.Phase.Fetching.class, state.phase());
    }

    @Test
    void aTruncatedLogFailsWithoutAPolicyAndLeadsBackWithOne() {
        PartitionState strict = new PartitionState(P0, StartPosition.offset(50, 3));
        assertTrue(strict.mustValidate(4));
        strict.validating();
        PartitionState.Outcome outcome = strict.validated(3, 30, 4, ResetPolicy.NONE, 0);
        FetchFailure.LogTruncated failure = assertInstanceOf(
                FetchFailure.LogTruncated.class,
                assertInstanceOf(PartitionState.Outcome.Fail.class, outcome).failure());
        assertEquals(OptionalLong.of(30), failure.divergedAt());

        PartitionState lenient = new PartitionState(P0, StartPosition.offset(50, 3));
        assertTrue(lenient.mustValidate(4));
        lenient.validating();
        assertInstanceOf(PartitionState.Outcome.DropWaiting.class, lenient.validated(3, 30, 4, ResetPolicy.LATEST, 0));
        assertEquals(30, lenient.fetchOffset());
        assertFalse(lenient.mustValidate(4));
        assertTrue(lenient.mustValidate(5));
    }

    @Test
    void aHintedLeaderHoldsUntilMetadataIsAsNew() {
        PartitionState state = new PartitionState(P0, StartPosition.offset(0));
        state.leader().hint(2, 8);
        assertEquals(OptionalInt.of(2), state.leader().of(view(1, 7, 1, 2)));
        assertEquals(8, state.leader().epoch(view(1, 7, 1, 2)));
        assertEquals(OptionalInt.of(1), state.leader().of(view(1, 7, 1)));
        assertEquals(OptionalInt.of(3), state.leader().of(view(3, 8, 1, 2, 3)));
    }

    @Test
    void aPreferredReplicaIsReadUntilItIsTooOldOrGone() {
        PartitionState state = new PartitionState(P0, StartPosition.offset(0));
        state.leader().preferReplica(2, 100);
        assertEquals(2, state.leader().readFrom(1, view(1, 7, 1, 2), 99));
        assertEquals(1, state.leader().readFrom(1, view(1, 7, 1, 2), 100));
        state.leader().preferReplica(2, 1_000);
        assertEquals(1, state.leader().readFrom(1, view(1, 7, 1), 200));
    }

    @Test
    void anEmptyAnswerEndsABoundedReadingOnlyWhenTheLogThereIsLocal() {
        PartitionState state = new PartitionState(P0, StartPosition.offset(10).untilOffset(20));
        state.nothingThere(20);
        assertEquals(Lookup.EARLIEST_LOCAL, state.lookup().timestamp());
        state.looked(state.lookup(), 15, -1, 1);
        state.nothingThere(20);
        assertFalse(state.endsNow());

        PartitionState local = new PartitionState(P0, StartPosition.offset(10).untilOffset(20));
        local.nothingThere(19);
        assertInstanceOf(PartitionState.Phase.Fetching.class, local.phase());
        local.nothingThere(20);
        local.looked(local.lookup(), 5, -1, 1);
        assertFalse(local.endsNow());
        local.nothingThere(20);
        assertTrue(local.endsNow());
        assertEquals(10, local.endedFrom());
    }

    @Test
    void aTopicThatWasCreatedAnewIsNoticedOnce() {
        PartitionState state = new PartitionState(P0, StartPosition.offset(10));
        assertFalse(state.isRecreated(new Uuid(1, 1)));
        assertFalse(state.isRecreated(Uuid.ZERO_UUID));
        assertTrue(state.isRecreated(new Uuid(2, 2)));
        assertFalse(state.isRecreated(new Uuid(2, 2)));
    }
}
