package io.sampo.core.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.partition.ReplicaContext.TestAppend;
import io.sampo.core.partition.ReplicaEffect.Alarm;
import io.sampo.core.partition.ReplicaEffect.BecameActive;
import io.sampo.core.partition.ReplicaEffect.CampaignRefused;
import io.sampo.core.partition.ReplicaEffect.Closed;
import io.sampo.core.partition.ReplicaEffect.Opened;
import io.sampo.core.partition.ReplicaEffect.PublishView;
import io.sampo.core.partition.ReplicaEffect.Resigned;
import io.sampo.core.partition.ReplicaEvent.BatchAppended;
import io.sampo.core.partition.ReplicaEvent.EpochPromised;
import io.sampo.core.partition.ReplicaEvent.EpochStarted;
import io.sampo.core.partition.ReplicaEvent.ReplicaCreated;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReplicaCoreTest {

    @Test
    void aNewReplicaIsCreatedAndOpenedBeforeItIsUsed() {
        ReplicaContext context = new ReplicaContext().open("boot-1", true);

        assertEquals(ReplicaCreated.class, context.journal.get(0).getClass());
        assertEquals(new ReplicaEvent.Opened(1, "boot-1"), context.journal.get(1));
        assertEquals(1, context.last(Opened.class).incarnation());
        assertTrue(context.all(Alarm.class).isEmpty());
    }

    @Test
    void leadershipNeedsADurablePromiseAndThenADurableMarker() {
        ReplicaContext context = new ReplicaContext().open("boot-1", true);
        context.hold();

        context.campaign();
        assertTrue(context.all(BecameActive.class).isEmpty());
        context.releaseOne();
        assertEquals(new EpochPromised(0, ReplicaContext.SELF), context.journal.getLast());
        assertTrue(context.all(BecameActive.class).isEmpty());
        context.releaseOne();
        assertEquals(EpochStarted.class, context.journal.getLast().getClass());
        assertEquals(0, context.last(BecameActive.class).leaderEpoch());
    }

    @Test
    void eachLeadershipHasAHigherEpochAndItsMarkerStandsAtTheLogEnd() {
        ReplicaContext context = ReplicaContext.active();
        context.outcomeOf(Batches.plain(3));
        ReplicaContext again = context.recovered().open("boot-1", true).campaign();

        assertEquals(0, context.last(BecameActive.class).leaderEpoch());
        assertEquals(1, again.last(BecameActive.class).leaderEpoch());
        EpochStarted marker = (EpochStarted) again.journal.getLast();
        assertEquals(1, marker.leaderEpoch());
        assertEquals(3, marker.startOffset());
        assertEquals(3, again.view().highWatermark());
    }

    @Test
    void offsetsAndLeaderEpochAreWrittenIntoTheBatch() {
        ReplicaContext context = ReplicaContext.active();
        context.outcomeOf(Batches.plain(3));

        MemoryRecords records = Batches.plain(2);
        AppendOutcome outcome = context.outcomeOf(records);

        assertEquals(3, outcome.baseOffset());
        assertEquals(4, outcome.lastOffset());
        RecordBatch batch = records.batches().iterator().next();
        assertEquals(3, batch.baseOffset());
        assertEquals(4, batch.lastOffset());
        assertEquals(0, batch.partitionLeaderEpoch());
        assertTrue(batch.isValid(), "CRC does not cover what the broker writes");
    }

    @Test
    void anAppendOfSeveralBatchesBecomesOneEventForEach() {
        ReplicaContext context = ReplicaContext.active();

        AppendOutcome outcome = context.outcomeOf(Batches.joined(Batches.plain(2), Batches.plain(3)));

        assertEquals(0, outcome.baseOffset());
        assertEquals(4, outcome.lastOffset());
        List<BatchAppended> batches = context.journal.stream()
                .filter(BatchAppended.class::isInstance)
                .map(BatchAppended.class::cast)
                .toList();
        assertEquals(2, batches.size());
        assertEquals(2, batches.get(1).header().baseOffset());
        MemoryRecords bytes = Invariant.present(batches.get(1).bytes(), "bytes");
        assertEquals(batches.get(1).header().sizeInBytes(), bytes.sizeInBytes());
        assertEquals(2, bytes.batches().iterator().next().baseOffset());
    }

    @Test
    void nothingIsAnsweredOrVisibleBeforeItIsDurable() {
        ReplicaContext context = ReplicaContext.active();
        context.hold();
        TestAppend append = context.append(Batches.plain(1));

        assertTrue(context.outcomes(append).isEmpty());
        assertEquals(0, context.view().highWatermark());

        context.release();
        assertEquals(Errors.NONE, context.outcomeOf(append).error());
        assertEquals(1, context.view().highWatermark());
        assertEquals(1, context.view().lastStableOffset());
        int published = context.effects.indexOf(context.last(PublishView.class));
        assertTrue(published < context.effects.size() - 1, "visible before it is acknowledged");
    }

    @ParameterizedTest
    @CsvSource({"0", "1", "-1"})
    void everyAppendIsAnsweredExactlyOnce(short acks) {
        ReplicaContext context = ReplicaContext.active();
        TestAppend append = new TestAppend(Batches.plain(1), true, acks);

        context.step(new ReplicaInput.Requests(List.of(append)));
        context.outcomeOf(Batches.plain(1));
        context.step(new ReplicaInput.Resign(context.core.leaseNumber()));

        assertEquals(1, context.outcomes(append).size());
    }

    @Test
    void aRepeatedBatchOfTheSamePersistWaitsForItsOriginal() {
        ReplicaContext context = ReplicaContext.active();
        TestAppend original = new TestAppend(Batches.idempotent(5, (short) 0, 0, 2), true, (short) -1);
        TestAppend repeated = new TestAppend(Batches.idempotent(5, (short) 0, 0, 2), true, (short) -1);
        context.hold();

        context.step(new ReplicaInput.Requests(List.of(original, repeated)));
        assertTrue(context.outcomes(repeated).isEmpty());

        context.release();
        assertEquals(context.outcomeOf(original), context.outcomeOf(repeated));
        assertEquals(2, context.core.logEndOffset());
    }

    @Test
    void aRepeatedBatchGetsTheOffsetsOfItsOriginalAlsoAfterARestart() {
        ReplicaContext context = ReplicaContext.active();
        context.outcomeOf(Batches.plain(4));
        AppendOutcome original = context.outcomeOf(Batches.idempotent(5, (short) 0, 0, 2));

        ReplicaContext again = context.recovered().open("boot-1", true).campaign();
        AppendOutcome repeated = again.outcomeOf(Batches.idempotent(5, (short) 0, 0, 2));

        assertEquals(4, original.baseOffset());
        assertEquals(4, repeated.baseOffset());
        assertEquals(6, again.core.logEndOffset());
    }

    @Test
    void aDeletionThatIsNotYetDurableIsNotAnsweredByARepeatedBatch() {
        ReplicaContext context = ReplicaContext.active();
        context.outcomeOf(Batches.idempotent(5, (short) 0, 0, 2));
        context.hold();

        context.step(new ReplicaInput.Requests(List.of(
                new ReplicaContext.TestDeletion(1),
                new TestAppend(Batches.idempotent(5, (short) 0, 0, 2), true, (short) -1))));
        assertTrue(context.all(ReplicaEffect.DeleteCompleted.class).isEmpty());

        context.release();
        assertEquals(1, context.last(ReplicaEffect.DeleteCompleted.class).lowWatermark());
    }

    @Test
    void logAppendTimeIsReportedWhereTheBatchCarriesIt() {
        ReplicaContext context = ReplicaContext.active();

        AppendOutcome outcome =
                context.outcomeOf(Batches.build(-1, (short) -1, -1, 1, TimestampType.LOG_APPEND_TIME, false, false));

        assertEquals(1_000, outcome.logAppendTimeMs());
        assertEquals(-1, context.outcomeOf(Batches.plain(1)).logAppendTimeMs());
    }

    @Test
    void whatMayNotBeAppendedIsRefusedAndChangesNothing() {
        ReplicaContext context = ReplicaContext.active();

        context.expect(Errors.INVALID_RECORD, MemoryRecords.EMPTY);
        context.expect(
                Errors.INVALID_RECORD, Batches.build(5, (short) 0, -1, 1, TimestampType.CREATE_TIME, true, true));
        context.expect(
                Errors.INVALID_TXN_STATE, Batches.build(5, (short) 0, 0, 1, TimestampType.CREATE_TIME, true, false));
        context.expect(
                Errors.INVALID_RECORD,
                Batches.joined(Batches.idempotent(5, (short) 0, 0, 1), Batches.idempotent(5, (short) 0, 1, 1)));
        assertEquals(0, context.core.logEndOffset());
    }

    @Test
    void onlyAnActiveLeaderTakesRequests() {
        ReplicaContext context = new ReplicaContext().open("boot-1", true);
        context.expect(Errors.NOT_LEADER_OR_FOLLOWER, Batches.plain(1));
        assertEquals(Errors.NOT_LEADER_OR_FOLLOWER, context.delete(0).error());

        context.campaign();
        context.expect(Errors.NONE, Batches.plain(1));

        context.step(new ReplicaInput.Resign(context.core.leaseNumber()));
        assertEquals(0, context.last(Resigned.class).leaderEpoch());
        context.expect(Errors.NOT_LEADER_OR_FOLLOWER, Batches.plain(1));
    }

    @Test
    void anOlderLeaseCannotEndTheLeadershipOfANewerOne() {
        ReplicaContext context = ReplicaContext.active();
        long older = context.core.leaseNumber();
        context.campaign();

        context.step(new ReplicaInput.Resign(older));
        assertTrue(context.core.isActive());
        assertEquals(0, context.last(BecameActive.class).leaderEpoch(), "the same epoch goes on");

        context.step(new ReplicaInput.Resign(context.last(BecameActive.class).leaseNumber()));
        assertFalse(context.core.isActive());
    }

    @ParameterizedTest
    @CsvSource({
        // beforeOffset, error, lowWatermark
        "-1, NONE, 10",
        "0, NONE, 0",
        "4, NONE, 4",
        "10, NONE, 10",
        "11, OFFSET_OUT_OF_RANGE, -1",
        "-2, OFFSET_OUT_OF_RANGE, -1",
    })
    void deleteRecordsMovesTheLogStartUpToTheHighWatermark(long beforeOffset, Errors error, long lowWatermark) {
        ReplicaContext context = ReplicaContext.active();
        context.outcomeOf(Batches.plain(10));

        ReplicaEffect.DeleteCompleted completed = context.delete(beforeOffset);

        assertEquals(error, completed.error());
        assertEquals(lowWatermark, completed.lowWatermark());
        assertEquals(Math.max(0, lowWatermark), context.view().logStartOffset());
    }

    @Test
    void theLogStartNeverMovesBack() {
        ReplicaContext context = ReplicaContext.active();
        context.outcomeOf(Batches.plain(10));
        context.delete(6);

        assertEquals(6, context.delete(3).lowWatermark());
        ReplicaContext again = context.recovered().open("boot-1", true).campaign();
        assertEquals(6, again.view().logStartOffset());
    }

    @Test
    void aFailedDiskFailsWhatWaitsAndEverythingAfterIt() {
        ReplicaContext context = ReplicaContext.active();
        context.hold();
        TestAppend append = context.append(Batches.plain(1));

        context.step(new ReplicaInput.StorageFailed("disk on fire"));

        assertEquals(Errors.KAFKA_STORAGE_ERROR, context.outcomeOf(append).error());
        assertEquals(1, context.all(Resigned.class).size());
        context.expect(Errors.NOT_LEADER_OR_FOLLOWER, Batches.plain(1));
        context.campaign();
        assertEquals(1, context.all(CampaignRefused.class).size());
    }

    @ParameterizedTest
    @CsvSource({
        // closed cleanly, same boot, synced before acknowledged -> records may be missing
        "true, false, false, false",
        "false, true, false, false",
        "false, false, true, false",
        "false, false, false, true",
    })
    void aReplicaIsSuspectWhenItsUnsyncedTailMayBeGone(
            boolean closedCleanly, boolean sameBoot, boolean synced, boolean suspect) {
        ReplicaContext context = new ReplicaContext().open("boot-1", synced).campaign();
        context.outcomeOf(Batches.plain(3));
        if (closedCleanly) {
            context.step(new ReplicaInput.Close());
            assertEquals(1, context.all(Closed.class).size());
        }

        ReplicaContext again = context.recovered().open(sameBoot ? "boot-1" : "boot-2", synced);

        assertEquals(suspect, again.journal.stream().anyMatch(ReplicaEvent.Suspected.class::isInstance));
        assertEquals(suspect ? 1 : 0, again.all(Alarm.class).size());
        // The only voter goes on with what it has: nobody has more.
        again.campaign();
        assertEquals(3, again.view().highWatermark());
    }

    @Test
    void aLogThatIsShorterThanItsCleanCloseSaysIsReportedLoudly() {
        ReplicaContext context = ReplicaContext.active();
        context.outcomeOf(Batches.plain(3));
        context.outcomeOf(Batches.plain(2));
        context.step(new ReplicaInput.Close());
        context.journal.removeIf(event ->
                event instanceof BatchAppended appended && appended.header().baseOffset() == 3);

        ReplicaContext again = context.recovered().open("boot-1", true);

        assertTrue(again.last(Alarm.class).text().contains("closed cleanly at offset 5, but the log ends at 3"));
    }

    @Test
    void recordsThatWereVisibleAndAreMissingAreReported() {
        ReplicaContext context = ReplicaContext.active();
        context.outcomeOf(Batches.plain(3));
        ReplicaEvent.Checkpoint before = context.core.checkpoint();
        ReplicaContext again = new ReplicaContext();
        again.core.restore(new ReplicaEvent.Checkpoint(
                before.topic(),
                before.partition(),
                before.self(),
                before.config(),
                before.incarnation(),
                before.bootId(),
                before.promisedEpoch(),
                0,
                2,
                3,
                false,
                before.epochStarts(),
                before.producers()));

        again.open("boot-1", true);

        assertTrue(again.last(Alarm.class).text().contains("from offset 2 to 3 (exclusive)"));
    }

    @Test
    void aReplicaOfSeveralVotersDoesNotLeadOnItsOwnPromise() {
        ReplicaContext context = new ReplicaContext();
        VoterSet three = new VoterSet(
                List.of(ReplicaContext.SELF, new ReplicaId(2, new Uuid(2, 2)), new ReplicaId(3, new Uuid(3, 3))),
                List.of());
        context.step(new ReplicaInput.Open("orders", three, "boot-1", true));

        context.campaign();

        assertTrue(context.all(BecameActive.class).isEmpty());
        context.expect(Errors.NOT_LEADER_OR_FOLLOWER, Batches.plain(1));
    }

    @Test
    void aReplicaThatDoesNotVoteDoesNotCampaign() {
        ReplicaContext context = new ReplicaContext();
        context.step(
                new ReplicaInput.Open("orders", VoterSet.single(new ReplicaId(2, new Uuid(2, 2))), "boot-1", true));

        context.campaign();

        assertEquals(1, context.all(CampaignRefused.class).size());
    }

    @Test
    void anotherReplicasLogIsNotOpened() {
        ReplicaCore core =
                new ReplicaCore(ReplicaContext.PARTITION, new ReplicaId(1, new Uuid(9, 9)), ReplicaSettings.DEFAULTS);

        assertThrows(
                Invariant.Violated.class,
                () -> core.apply(new ReplicaCreated(
                        "orders",
                        ReplicaContext.PARTITION,
                        ReplicaContext.SELF,
                        VoterSet.single(ReplicaContext.SELF))));
    }

    @Test
    void damagedHistoriesAreNotTakenOver() {
        ReplicaContext context = ReplicaContext.active();
        context.outcomeOf(Batches.plain(3));
        ReplicaCore core = context.recovered().core;

        assertThrows(Invariant.Violated.class, () -> core.apply(batch(1, 1, 0)), "overlaps");
        assertThrows(Invariant.Violated.class, () -> core.apply(batch(3, 3, 9)), "epoch without marker");
        assertThrows(
                Invariant.Violated.class, () -> core.apply(new EpochPromised(0, new ReplicaId(2, new Uuid(2, 2)))));
        assertThrows(
                Invariant.Violated.class,
                () -> core.apply(new EpochStarted(0, 3, ReplicaContext.SELF, VoterSet.single(ReplicaContext.SELF))));
        core.apply(batch(5, 6, 0)); // a gap that compaction left
        assertEquals(7, core.logEndOffset());
        assertThrows(
                Invariant.Violated.class,
                () -> context.core.apply(
                        new EpochStarted(1, 4, ReplicaContext.SELF, VoterSet.single(ReplicaContext.SELF))),
                "a marker beyond the log end of an open replica");
    }

    @Test
    void aMarkerBeyondTheLogThatATruncationLeftIsDroppedWhenTheReplicaOpens() {
        ReplicaContext context = ReplicaContext.active();
        context.outcomeOf(Batches.plain(3));
        ReplicaContext again = context.recovered();
        VoterSet single = VoterSet.single(ReplicaContext.SELF);
        again.core.apply(new EpochStarted(1, 7, ReplicaContext.SELF, single.with(new ReplicaId(2, new Uuid(2, 2)))));
        again.core.apply(new ReplicaEvent.TruncateIntent(5, 1, 2));

        again.open("boot-1", true);

        assertEquals(List.of(new EpochStart(0, 0)), again.core.epochStarts());
        assertEquals(single, again.core.config(), "the configuration goes back with its marker");
    }

    private static BatchAppended batch(long baseOffset, long lastOffset, int leaderEpoch) {
        return new BatchAppended(
                new BatchHeader(baseOffset, lastOffset, leaderEpoch, -1, (short) -1, -1, 0, 80, false, false), null);
    }

    @Test
    void truncationDropsMarkersBeyondTheNewEnd() {
        ReplicaContext context = ReplicaContext.active();
        context.outcomeOf(Batches.plain(3));
        ReplicaContext again = context.recovered().open("boot-1", true).campaign();
        again.outcomeOf(Batches.plain(3));

        again.core.apply(new ReplicaEvent.TruncateIntent(2, 1, 2));

        assertEquals(2, again.core.logEndOffset());
        assertEquals(List.of(new EpochStart(0, 0)), again.core.checkpoint().epochStarts());
    }

    @Test
    void nothingButTheAnswerIsTakenWhileAPersistIsOutstanding() {
        ReplicaContext context = ReplicaContext.active();
        context.hold();
        context.append(Batches.plain(1));

        assertThrows(Invariant.Violated.class, () -> context.append(Batches.plain(1)));
        assertThrows(Invariant.Violated.class, context.core::checkpoint);
    }

    @ParameterizedTest
    @CsvSource({
        // voters, min.insync.replicas -> needed
        "1, 1, 1",
        "1, 2, 1",
        "2, 1, 2",
        "3, 1, 2",
        "3, 2, 2",
        "3, 3, 3",
        "5, 1, 3",
        "5, 4, 4",
        "5, 9, 5",
    })
    void commitNeedsAMajorityAndMinInSyncReplicas(int voters, int minInSyncReplicas, int required) {
        assertEquals(required, ReplicaProgress.requiredMatches(voters, minInSyncReplicas));
    }

    @Test
    void nothingOfAnOlderEpochIsCommittedByCounting() {
        ReplicaId other = new ReplicaId(2, new Uuid(2, 2));
        ReplicaId third = new ReplicaId(3, new Uuid(3, 3));
        ReplicaProgress progress =
                new ReplicaProgress(10, new VoterSet(List.of(ReplicaContext.SELF, other, third), List.of()));

        assertEquals(-1, progress.committedOffset(1));
        progress.matched(ReplicaContext.SELF, 12);
        assertEquals(-1, progress.committedOffset(1));
        progress.matched(other, 11);
        assertEquals(11, progress.committedOffset(1));
        assertEquals(-1, progress.committedOffset(3));
        progress.matched(other, 10);
        assertEquals(11, progress.committedOffset(1), "a match never falls");
    }
}
