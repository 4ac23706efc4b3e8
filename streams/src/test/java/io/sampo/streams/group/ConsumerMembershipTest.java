package io.sampo.streams.group;

import static io.sampo.streams.group.ConsumerFixture.INTERVAL_MS;
import static io.sampo.streams.group.ConsumerFixture.T;
import static io.sampo.streams.group.ConsumerFixture.given;
import static io.sampo.streams.group.ConsumerFixture.good;
import static io.sampo.streams.group.ConsumerFixture.heartbeat;
import static io.sampo.streams.group.MemberFixture.t;
import static io.sampo.streams.group.MemberFixture.ts;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.streams.connection.ClusterView;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.DisconnectException;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseGroup;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

/// What a member of the consumer protocol does in good times: joins, takes, gives up, commits, leaves.
class ConsumerMembershipTest {
    // ---- joining ---------------------------------------------------------------------------------------------

    @Test
    void aMemberLearnsItsTopicsJoinsWithAnIdOfItsOwnAndLooksUpWhatWasCommitted() {
        ConsumerFixture member = new ConsumerFixture(TestGroups.consumer());
        member.step(new Input.Start(Set.of("t")));
        assertEquals(List.of(new Effect.Refresh(Set.of("t"))), member.effects);

        member.step(new Input.Seen(ConsumerFixture.view()));
        assertEquals("g", member.beat().groupId());
        assertEquals("me", member.beat().memberId());
        assertEquals(0, member.beat().memberEpoch());
        assertEquals(10_000, member.beat().rebalanceTimeoutMs());
        assertEquals(List.of("t"), member.beat().subscribedTopicNames());
        assertEquals(Set.of(), member.toldOwned());
        assertNull(member.beat().instanceId());
        assertNull(member.beat().serverAssignor());
        assertFalse(member.rules.standing().canCommit());

        member.beaten(5, 0, 2);
        assertEquals(5, member.rules.standing().generationId());
        assertFalse(member.has(Effect.Assigned.class), "not before its offsets are known");
        var question = (OffsetFetchRequestData)
                member.sent(OffsetFetchRequestData.class).request();
        assertTrue(question.requireStable());
        assertEquals("me", question.groups().getFirst().memberId());
        assertEquals(5, question.groups().getFirst().memberEpoch());

        member.found(-1);
        Effect.Assigned assigned = member.effect(Effect.Assigned.class);
        assertEquals(Map.of(t(0), Optional.empty(), t(2), Optional.empty()), assigned.added());
        assertEquals(ts(0, 2), assigned.all());
    }

    @Test
    void whatWasTakenIsToldAtOnceAndLaterOnlyWhatChanged() {
        ConsumerFixture member = ConsumerFixture.started();
        member.beaten(5, 0, 2);
        assertEquals(Set.of(0, 2), member.toldOwned());
        assertEquals(5, member.beat().memberEpoch());
        assertNull(member.beat().subscribedTopicNames());
        assertEquals(-1, member.beat().rebalanceTimeoutMs());
        member.answer(heartbeat(member), good(5));
        assertFalse(member.beats());

        member.after(INTERVAL_MS - 1);
        assertFalse(member.beats(), "not before the broker's interval");
        member.after(1);
        assertNull(member.toldOwned());
        assertNull(member.beat().subscribedTopicNames());
    }

    @Test
    void aSubscriptionThatChangesIsToldAtOnce() {
        ConsumerFixture member = ConsumerFixture.owning(0);
        member.step(new Input.Subscribed(Set.of("t", "u")));
        assertEquals(List.of("t", "u"), member.beat().subscribedTopicNames());
        assertNull(member.toldOwned());
        member.expectHeld(0);
    }

    @Test
    void theRackAndTheAssignorAreToldByWhoJoins() {
        GroupSettings settings = new GroupSettings(
                "g",
                Optional.empty(),
                GroupSettings.Protocol.CONSUMER,
                List.of(),
                Optional.of("uniform"),
                Optional.of("r1"),
                TestGroups.TIMES);
        ConsumerFixture member = ConsumerFixture.started(settings);
        assertEquals("uniform", member.beat().serverAssignor());
        assertEquals("r1", member.beat().rackId());
        member.beaten(5, 0);
        assertNull(member.beat().serverAssignor());
        assertNull(member.beat().rackId());
    }

    @Test
    void whoHasNoPlaceYetAsksAgainAfterTheInterval() {
        ConsumerFixture member = ConsumerFixture.started();
        member.answer(heartbeat(member), good(0));
        assertFalse(member.beats());
        member.after(INTERVAL_MS);
        assertEquals(0, member.beat().memberEpoch());
        assertEquals(List.of("t"), member.beat().subscribedTopicNames());
    }

    // ---- the assignment --------------------------------------------------------------------------------------

    @Test
    void whatIsTakenAwayIsOwnedUntilItIsDrainedAndTheRestGoesOn() {
        ConsumerFixture member = ConsumerFixture.owning(0, 1);
        member.givenNext(5, 1);
        assertEquals(ts(0), member.effect(Effect.Revoke.class).partitions());
        assertFalse(member.beats(), "nothing is acknowledged yet");
        member.expectHeld(0, 1);
        long revocationId = member.effect(Effect.Revoke.class).revocationId();
        member.commit(0, 17);
        assertTrue(member.sends(OffsetCommitRequestData.class), "what was done is committed meanwhile");

        member.step(new Input.Drained(revocationId));
        assertEquals(Set.of(1), member.toldOwned());
        assertEquals(5, member.beat().memberEpoch());
        member.expectHeld(1);
    }

    @Test
    void aHeartbeatThatIsSentInTheMidstOfADrainStillNamesWhatIsDrained() {
        ConsumerFixture member = ConsumerFixture.owning(0, 1);
        member.givenNext(5, 1);
        member.after(INTERVAL_MS);
        assertNull(member.toldOwned(), "as it was");
        member.step(new Input.NotAnswered(heartbeat(member).requestId(), new DisconnectException()));
        member.after(150);
        assertEquals(Set.of(0, 1), member.toldOwned());
    }

    @Test
    void aDrainThatTakesTooLongIsLostAndAcknowledged() {
        ConsumerFixture member = ConsumerFixture.owning(0, 1);
        member.givenNext(5, 1);
        long revocationId = member.effect(Effect.Revoke.class).revocationId();
        member.after(INTERVAL_MS).answer(heartbeat(member), good(5));
        member.after(1_000);
        assertEquals(ts(0), member.effect(Effect.Lost.class).partitions());
        assertEquals(Set.of(1), member.toldOwned());
        assertFalse(member.step(new Input.Drained(revocationId)).beats(), "too late");
    }

    @Test
    void whatIsAddedWhileSomethingElseIsDrainedIsTakenAtOnce() {
        ConsumerFixture member = ConsumerFixture.owning(0, 1);
        member.givenNext(6, 1, 3);
        member.found(7);
        assertEquals(
                Map.of(t(3), Optional.of(new OffsetAndMetadata(7))),
                member.effect(Effect.Assigned.class).added());
        assertEquals(ts(1, 3), member.effect(Effect.Assigned.class).all());
    }

    @Test
    void whatIsGivenBackInTheMidstOfItsDrainIsTakenAnewAndNeverAcknowledged() {
        ConsumerFixture member = ConsumerFixture.owning(0, 1);
        member.givenNext(5, 1);
        long revocationId = member.effect(Effect.Revoke.class).revocationId();
        member.givenNext(6, 0, 1);
        assertFalse(member.has(Effect.Assigned.class)
                && !member.effect(Effect.Assigned.class).added().isEmpty());
        member.step(new Input.Drained(revocationId));
        assertFalse(member.beats());
        member.found(12);
        assertEquals(Set.of(t(0)), member.effect(Effect.Assigned.class).added().keySet());
    }

    @Test
    void offsetsThatWereAskedForBeforeAPartitionWentAndCameAreNotTaken() {
        ConsumerFixture member = ConsumerFixture.started();
        member.beaten(5, 0);
        Effect.Send old = member.sent(OffsetFetchRequestData.class);
        member.beaten(5);
        assertEquals(Set.of(), member.toldOwned(), "the listener never had it");
        member.beaten(7, 0);
        Effect.Send young = member.sent(OffsetFetchRequestData.class);
        member.found(1, old);
        assertFalse(member.has(Effect.Assigned.class));
        member.found(9, young);
        assertEquals(
                Optional.of(new OffsetAndMetadata(9)),
                member.effect(Effect.Assigned.class).added().get(t(0)));
    }

    @Test
    void aTopicWhoseNameIsUnknownWaitsForMetadataAndCountsAsOwned() {
        ConsumerFixture member = ConsumerFixture.started();
        member.answer(heartbeat(member), given(5, TestGroups.topicId("u"), 0));
        assertTrue(member.has(Effect.Refresh.class));
        assertFalse(member.sends(OffsetFetchRequestData.class));
        assertEquals(Set.of(0), member.toldOwned(), "it may be taken at any time");

        member.step(new Input.Seen(ConsumerFixture.view()));
        member.after(150);
        assertTrue(member.has(Effect.Refresh.class), "asks again");
        member.step(new Input.Seen(TestGroups.view(Map.of("t", 4, "u", 1))));
        member.found(3);
        assertEquals(
                Set.of(TestGroups.partition("u", 0)),
                member.effect(Effect.Assigned.class).added().keySet());
    }

    @Test
    void aTopicThatWasMadeAnewIsTakenWhenItsPredecessorIsDrained() {
        ConsumerFixture member = ConsumerFixture.owning(0);
        Uuid young = new Uuid(1, 1);
        ClusterView.Topic old = ConsumerFixture.view().topic("t").orElseThrow();
        ClusterView view = new ClusterView(
                Optional.of("c"),
                Map.of(),
                Map.of("t", new ClusterView.Topic("t", young, Errors.NONE, old.partitions())));
        member.step(new Input.Seen(view));
        member.after(INTERVAL_MS).answer(heartbeat(member), given(6, young, 0));
        assertEquals(ts(0), member.effect(Effect.Revoke.class).partitions());
        assertEquals(
                Set.of(T, young),
                Set.copyOf(member.beat().topicPartitions().stream()
                        .map(ConsumerGroupHeartbeatRequestData.TopicPartitions::topicId)
                        .toList()));
        member.answer(heartbeat(member), good(6));
        member.step(new Input.Drained(1));
        member.found(-1);
        assertEquals(
                Map.of(t(0), Optional.empty()),
                member.effect(Effect.Assigned.class).added());
    }

    // ---- commits ---------------------------------------------------------------------------------------------

    @Test
    void commitsCarryTheMemberAndItsEpochAndAStaleOneIsRepeatedWithTheNewer() {
        ConsumerFixture member = ConsumerFixture.owning(0, 1);
        long commitId = member.commit(0, 15);
        assertEquals("me", member.committing().memberId());
        assertEquals(5, member.committing().generationIdOrMemberEpoch());
        member.commitAnswered(member.sent(OffsetCommitRequestData.class), Errors.STALE_MEMBER_EPOCH);
        member.expectHeld(0, 1);
        assertFalse(member.has(Effect.NotCommitted.class));

        // The heartbeat brings the epoch, then the pause of the commit ends.
        member.nowMs += INTERVAL_MS;
        member.step(new Input.Tick());
        Effect.Send early = member.sent(OffsetCommitRequestData.class);
        member.answer(heartbeat(member), good(6));
        member.commitAnswered(early, Errors.STALE_MEMBER_EPOCH);
        member.after(400);
        assertEquals(6, member.committing().generationIdOrMemberEpoch());
        member.commitAnswered(member.sent(OffsetCommitRequestData.class), Errors.NONE);
        assertEquals(List.of(new Effect.Committed(commitId)), member.effects);
    }

    @Test
    void aCommitOfWhomTheGroupDoesNotKnowGivesEverythingUp() {
        ConsumerFixture member = ConsumerFixture.owning(0, 1);
        member.commit(0, 15);
        member.commitAnswered(member.sent(OffsetCommitRequestData.class), Errors.UNKNOWN_MEMBER_ID);
        assertEquals(ts(0, 1), member.effect(Effect.Lost.class).partitions());
        assertEquals(
                CommitFailed.Reason.FENCED,
                member.effect(Effect.NotCommitted.class).failure().reason());
    }

    @Test
    void aQuestionForOffsetsWithAnOldEpochIsRepeatedWithTheNewer() {
        ConsumerFixture member = ConsumerFixture.started();
        member.beaten(5, 0);
        Effect.Send told = heartbeat(member);
        member.answer(
                member.sent(OffsetFetchRequestData.class),
                new OffsetFetchResponseGroup().setErrorCode(Errors.STALE_MEMBER_EPOCH.code()));
        member.answer(told, good(6));
        member.after(400);
        var question = (OffsetFetchRequestData)
                member.sent(OffsetFetchRequestData.class).request();
        assertEquals(6, question.groups().getFirst().memberEpoch());
    }

    // ---- the end ---------------------------------------------------------------------------------------------

    @Test
    void whoLeavesDrainsFirstAndStaysAliveMeanwhile() {
        ConsumerFixture member = ConsumerFixture.owning(0, 1);
        member.step(new Input.Close());
        Effect.Revoke revoke = member.effect(Effect.Revoke.class);
        assertEquals(ts(0, 1), revoke.partitions());
        member.after(INTERVAL_MS);
        assertEquals(5, member.beat().memberEpoch());
        member.answer(heartbeat(member), given(6, T, 0, 1, 2));
        assertFalse(member.sends(OffsetFetchRequestData.class), "nothing new is taken");

        member.step(new Input.Drained(revoke.revocationId()));
        assertEquals(-1, member.beat().memberEpoch());
        member.answer(heartbeat(member), good(-1));
        assertEquals(List.of(new Effect.Closed()), member.effects);
    }

    @Test
    void whatIsFoundWhileItLeavesIsNotTaken() {
        ConsumerFixture member = ConsumerFixture.owning(0);
        member.givenNext(5, 0, 1);
        Effect.Send question = member.sent(OffsetFetchRequestData.class);
        member.step(new Input.Close());
        member.found(10, question);
        assertFalse(member.has(Effect.Assigned.class));
        member.expectHeld(0);
    }

    @Test
    void whoIsOutOfTheGroupWhileItLeavesDrainsNoMoreAndDoesNotComeBack() {
        ConsumerFixture fenced = ConsumerFixture.owning(0, 1);
        fenced.step(new Input.Close());
        fenced.after(INTERVAL_MS).refused(Errors.UNKNOWN_MEMBER_ID);
        assertEquals(ts(0, 1), fenced.effect(Effect.Lost.class).partitions());
        assertEquals(-1, fenced.beat().memberEpoch());
        fenced.refused(Errors.UNKNOWN_MEMBER_ID);
        assertEquals(List.of(new Effect.Closed()), fenced.effects);

        ConsumerFixture alone = ConsumerFixture.owning(0, 1);
        alone.step(new Input.Close());
        alone.nowMs += 6_000;
        alone.step(new Input.Tick());
        assertEquals(ts(0, 1), alone.effect(Effect.Lost.class).partitions());
        assertEquals(-1, alone.beat().memberEpoch());
    }

    @Test
    void aStaticMemberSaysThatItComesBack() {
        ConsumerFixture member = ConsumerFixture.owning(TestGroups.asStatic(TestGroups.consumer(), "i"), 0);
        member.after(INTERVAL_MS);
        assertEquals("i", member.beat().instanceId());
        member.answer(heartbeat(member), good(5));
        member.step(new Input.Close());
        member.drained();
        assertEquals(-2, member.beat().memberEpoch());
        assertEquals("i", member.beat().instanceId());
    }

    @Test
    void aJoinOfItsOwnMayHoldTheInstanceUntilItsSessionEnds() {
        ConsumerFixture member = ConsumerFixture.started(TestGroups.asStatic(TestGroups.consumer(), "i"));
        member.step(new Input.NotAnswered(heartbeat(member).requestId(), new DisconnectException()));
        member.after(150).refused(Errors.UNRELEASED_INSTANCE_ID);
        assertEquals(Optional.empty(), member.failure());
        member.after(400);
        assertTrue(member.beats());
        member.nowMs += 6_000;
        member.refused(Errors.UNRELEASED_INSTANCE_ID);
        assertTrue(member.failure().isPresent());
    }

    @Test
    void leavingIsTriedForSoLongOnly() {
        ConsumerFixture member = ConsumerFixture.owning();
        member.step(new Input.Close());
        Effect.Send leave = heartbeat(member);
        assertEquals(-1, member.beat().memberEpoch());
        member.answer(leave, new ConsumerGroupHeartbeatResponseData().setErrorCode(Errors.NOT_COORDINATOR.code()));
        assertTrue(member.has(Effect.ForgetCoordinator.class));
        member.after(150);
        assertTrue(member.beats());
        member.after(4_000);
        assertTrue(member.has(Effect.Closed.class));
    }

    @Test
    void whoNeverJoinedHasNothingToLeave() {
        ConsumerFixture member = new ConsumerFixture(TestGroups.consumer());
        member.step(new Input.Start(Set.of("t")));
        member.step(new Input.Close());
        assertEquals(List.of(new Effect.Closed()), member.effects);
    }

    @Test
    void aListenerThatThrowsEndsTheMembershipAndTheGroupHearsOfIt() {
        ConsumerFixture member = ConsumerFixture.owning(0);
        member.step(new Input.ListenerBroke(new IllegalStateException("cannot work")));
        assertEquals(-1, member.beat().memberEpoch());
        assertEquals("cannot work", member.failure().orElseThrow().getMessage());
    }
}
