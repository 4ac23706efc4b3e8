package io.sampo.core.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.partition.ReplicaEvent.BatchAppended;
import io.sampo.core.partition.ReplicaEvent.Checkpoint;
import io.sampo.core.partition.ReplicaEvent.EpochPromised;
import io.sampo.core.partition.ReplicaEvent.EpochStarted;
import io.sampo.core.partition.ReplicaEvent.Opened;
import io.sampo.core.partition.ReplicaEvent.Recovered;
import io.sampo.core.partition.ReplicaEvent.ReplicaCreated;
import io.sampo.core.partition.ReplicaEvent.TruncateIntent;
import io.sampo.core.partition.ReplicaMessage.Announce;
import io.sampo.core.partition.ReplicaMessage.Fetch;
import io.sampo.core.partition.ReplicaMessage.FetchReply;
import io.sampo.core.partition.ReplicaMessage.LogReset;
import io.sampo.core.partition.ReplicaMessage.PreVote;
import io.sampo.core.partition.ReplicaMessage.PreVoteReply;
import io.sampo.core.partition.ReplicaMessage.PromiseReply;
import io.sampo.core.partition.ReplicaMessage.PromiseRequest;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Damage that takes the marker with the newest configuration: the replica must not go by the one before it.
class LostConfigTest {
    private static final ReplicaId SELF = ReplicaContext.SELF;
    private static final ReplicaId OTHER = new ReplicaId(3, new Uuid(3, 3));
    private static final VoterSet ALONE = VoterSet.single(SELF);
    private static final VoterSet BOTH = new VoterSet(List.of(SELF, OTHER), List.of());

    /// Sole voter once; with epoch 1 a second voter came; then recovery cut the log at 3.
    private static List<ReplicaEvent> history(VoterSet second) {
        return List.of(
                new ReplicaCreated("orders", ReplicaContext.PARTITION, SELF, ALONE),
                new Opened(1, "boot"),
                new EpochPromised(0, SELF),
                new EpochStarted(0, 0, SELF, ALONE),
                new BatchAppended(batch(0, 2), null),
                new EpochPromised(1, SELF),
                new EpochStarted(1, 5, SELF, second),
                new TruncateIntent(3, Integer.MAX_VALUE, -1));
    }

    private static BatchHeader batch(long from, long to) {
        return new BatchHeader(
                from,
                to,
                0,
                RecordBatch.NO_PRODUCER_ID,
                RecordBatch.NO_PRODUCER_EPOCH,
                RecordBatch.NO_SEQUENCE,
                1_000,
                100,
                false,
                false);
    }

    private static ReplicaContext opened(List<ReplicaEvent> history, @Nullable String damage) {
        ReplicaContext context = new ReplicaContext();
        history.forEach(context.core::apply);
        context.journal.addAll(history);
        context.step(new ReplicaInput.Open("orders", VoterSet.NONE, "boot", true, damage));
        return context;
    }

    private static void assertStandsBack(ReplicaContext context) {
        assertTrue(context.core.isSuspect());
        assertTrue(context.journal.stream().noneMatch(Recovered.class::isInstance));
        context.campaign();
        context.nowMs += 60_000;
        context.step(new ReplicaInput.Tick());
        assertTrue(context.all(ReplicaEffect.BecameActive.class).isEmpty());
        assertTrue(context.all(ReplicaEffect.Send.class).isEmpty(), "it asks for no votes");
        assertTrue(context.last(ReplicaEffect.Alarm.class).text().contains("newest configuration"));
    }

    @Test
    void aFormerSoleVoterDoesNotLeadAlone() {
        assertStandsBack(opened(history(BOTH), "batch at 3 is damaged"));
    }

    @Test
    void anotherRestartChangesNothing() {
        ReplicaContext first = opened(history(BOTH), "batch at 3 is damaged");
        assertStandsBack(opened(List.copyOf(first.journal), null));

        ReplicaContext fromCheckpoint = new ReplicaContext();
        fromCheckpoint.core.restore(first.core.checkpoint());
        fromCheckpoint.step(new ReplicaInput.Open("orders", VoterSet.NONE, "boot", true));
        assertStandsBack(fromCheckpoint);
    }

    @Test
    void itIsSuspectAlsoWhenNobodyToldItOfTheDamage() {
        assertStandsBack(opened(history(BOTH), null));
    }

    @Test
    void itKeepsItsPromiseButGivesNoVote() {
        ReplicaContext context = opened(history(BOTH), "batch at 3 is damaged");
        context.step(received(new PreVote(7, new LogKey(1, 9), true)));
        context.step(received(new PromiseRequest(7, null)));

        List<ReplicaMessage> said = context.all(ReplicaEffect.Send.class).stream()
                .map(send -> send.envelope().message())
                .toList();
        assertFalse(((PreVoteReply) said.get(0)).granted());
        assertFalse(((PromiseReply) said.get(1)).granted());
        assertEquals(7, context.core.promisedEpoch());
    }

    private static ReplicaInput received(ReplicaMessage message) {
        return new ReplicaInput.Received(new ReplicaEnvelope(ReplicaContext.PARTITION, OTHER, 1, SELF, message));
    }

    @Test
    void aMarkerThatChangedNothingMayGo() {
        ReplicaContext context = opened(history(ALONE), "batch at 3 is damaged");
        assertFalse(context.core.isSuspect());
        context.campaign();
        assertTrue(context.core.isActive());
    }

    @Test
    void aMarkerBeyondTheLogWithoutATruncationIsDamage() {
        List<ReplicaEvent> whole = history(ALONE);
        assertThrows(Invariant.Violated.class, () -> opened(whole.subList(0, whole.size() - 1), null));
    }

    /// A log that begins anew goes back to the configuration of the leader's log start, which named this
    /// replica alone.
    @Test
    void whoBeginsAnewBeforeTheLeaderVotedDoesNotLead() {
        ReplicaContext before = new ReplicaContext();
        List<ReplicaEvent> whole = history(BOTH).subList(0, 7);
        whole.forEach(before.core::apply);
        before.core.apply(new BatchAppended(batch(3, 6), null));
        before.step(new ReplicaInput.Open("orders", VoterSet.NONE, "boot", true));
        before.step(received(new Announce(2, 7, 0, false)));
        Fetch fetch = (Fetch) before.last(ReplicaEffect.Send.class).envelope().message();

        LogReset reset =
                new LogReset(0, List.of(new EpochStart(0, 0)), List.of(new ConfigStart(0, ALONE)), List.of(), -1);
        before.step(received(new FetchReply(2, fetch.key(), List.of(), List.of(), 7, 0, 7, null, reset, -1)));
        Checkpoint checkpoint = before.last(ReplicaEffect.Reset.class).checkpoint();
        assertTrue(checkpoint.configLost());

        ReplicaContext after = new ReplicaContext();
        after.core.restore(checkpoint);
        after.step(new ReplicaInput.Open("orders", VoterSet.NONE, "boot", true));
        assertStandsBack(after);
    }

    @Test
    void whoBeginsAnewWithAConfigurationOfTheLeaderTrustsIt() {
        ReplicaContext before = new ReplicaContext();
        before.step(new ReplicaInput.Open("orders", VoterSet.NONE, "boot", true));
        before.step(received(new Announce(2, 7, 0, false)));
        Fetch fetch = (Fetch) before.last(ReplicaEffect.Send.class).envelope().message();

        LogReset reset =
                new LogReset(7, List.of(new EpochStart(1, 5)), List.of(new ConfigStart(1, BOTH)), List.of(), -1);
        before.step(received(new FetchReply(2, fetch.key(), List.of(), List.of(), 7, 7, 7, null, reset, -1)));

        assertFalse(before.last(ReplicaEffect.Reset.class).checkpoint().configLost());
    }

    /// Its log ends below the leader's log start, and it knows of no newer configuration that it would forget.
    @Test
    void whoOnlyLaggedBehindKeepsItsVote() {
        ReplicaContext before = new ReplicaContext();
        history(BOTH).subList(0, 5).forEach(before.core::apply);
        before.step(new ReplicaInput.Open("orders", VoterSet.NONE, "boot", true));
        before.step(received(new Announce(2, 9, 9, false)));
        Fetch fetch = (Fetch) before.last(ReplicaEffect.Send.class).envelope().message();

        LogReset reset =
                new LogReset(9, List.of(new EpochStart(1, 5)), List.of(new ConfigStart(1, ALONE)), List.of(), -1);
        before.step(received(new FetchReply(2, fetch.key(), List.of(), List.of(), 9, 9, 9, null, reset, -1)));

        Checkpoint checkpoint = before.last(ReplicaEffect.Reset.class).checkpoint();
        assertFalse(checkpoint.configLost());
        assertFalse(checkpoint.suspect());
    }
}
