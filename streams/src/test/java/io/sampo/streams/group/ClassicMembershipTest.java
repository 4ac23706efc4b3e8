package io.sampo.streams.group;

import static io.sampo.streams.group.MemberFixture.t;
import static io.sampo.streams.group.MemberFixture.ts;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Subscription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.internals.ConsumerProtocol;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.JoinGroupResponseData.JoinGroupResponseMember;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupResponseData;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClassicMembershipTest {
    @Test
    void aMemberLearnsItsTopicsJoinsSyncsAndLooksUpWhatWasCommitted() {
        MemberFixture member = MemberFixture.cooperative();
        member.step(new Input.Start(Set.of("t")));
        assertEquals(List.of(new Effect.Refresh(Set.of("t"))), member.effects);

        member.step(new Input.Seen(TestGroups.view(Map.of("t", 4))));
        assertEquals("", member.joining().memberId());
        assertEquals("consumer", member.joining().protocolType());
        assertEquals(6_000, member.joining().sessionTimeoutMs());
        assertEquals(10_000, member.joining().rebalanceTimeoutMs());

        member.answer(
                member.sent(JoinGroupRequestData.class),
                new JoinGroupResponseData()
                        .setErrorCode(Errors.MEMBER_ID_REQUIRED.code())
                        .setMemberId("me"));
        assertEquals("me", member.joining().memberId());

        member.joined();
        member.synced(0, 2);
        assertTrue(((OffsetFetchRequestData)
                        member.sent(OffsetFetchRequestData.class).request())
                .requireStable());
        assertFalse(member.has(Effect.Assigned.class), "not before its offsets are known");

        member.found(-1);
        Effect.Assigned assigned = member.effect(Effect.Assigned.class);
        assertEquals(Map.of(t(0), Optional.empty(), t(2), Optional.empty()), assigned.added());
        assertEquals(ts(0, 2), assigned.all());
    }

    @Test
    void theLeaderAssignsAndLooksForTopicsThatOnlyOthersRead() {
        MemberFixture member = MemberFixture.cooperative();
        member.started();
        Effect.Send join = member.sent(JoinGroupRequestData.class);
        JoinGroupResponseData answer = member.joinAnswer("me").setMembers(List.of(reads("me", "t"), reads("you", "u")));
        member.answer(join, answer);
        assertEquals(Set.of("u"), member.effect(Effect.Refresh.class).topics());
        assertFalse(member.sends(SyncGroupRequestData.class));

        member.step(new Input.Seen(TestGroups.view(Map.of("t", 2, "u", 1))));
        SyncGroupRequestData sync =
                (SyncGroupRequestData) member.sent(SyncGroupRequestData.class).request();
        assertEquals(
                Set.of("me=[t-0, t-1]", "you=[u-0]"),
                Set.copyOf(sync.assignments().stream()
                        .map(one -> one.memberId() + "="
                                + ConsumerProtocol.deserializeAssignment(ByteBuffer.wrap(one.assignment()))
                                        .partitions())
                        .toList()));
    }

    @Test
    void theLeaderJoinsAgainWhenATopicOfTheGroupGrows() {
        MemberFixture member = MemberFixture.cooperative();
        member.started();
        member.answer(
                member.sent(JoinGroupRequestData.class), member.joinAnswer("me").setMembers(List.of(reads("me", "t"))));
        member.synced(0, 1, 2, 3);
        member.found(5);

        member.step(new Input.Seen(TestGroups.view(Map.of("t", 4, "x", 9))));
        assertFalse(member.sends(JoinGroupRequestData.class), "of no interest");
        member.step(new Input.Seen(TestGroups.view(Map.of("t", 6))));
        assertEquals(
                "topics or partitions of the group changed", member.joining().reason());
        assertEquals(ts(0, 1, 2, 3), member.claimed());
        member.expectHeld(0, 1, 2, 3);
    }

    @Test
    void whoDoesNotLeadLeavesTopicsToTheLeader() {
        MemberFixture member = MemberFixture.owning(0, 1);
        member.step(new Input.Seen(TestGroups.view(Map.of("t", 6))));
        assertFalse(member.sends(JoinGroupRequestData.class));
    }

    @Test
    void aLeaderThatMustNotAssignSyncsEmptyAndStillWatches() {
        MemberFixture member = MemberFixture.cooperative();
        member.started();
        member.answer(
                member.sent(JoinGroupRequestData.class),
                member.joinAnswer("me").setSkipAssignment(true).setMembers(List.of(reads("me", "t"))));
        assertEquals(
                List.of(),
                ((SyncGroupRequestData) member.sent(SyncGroupRequestData.class).request()).assignments());
        member.synced(0);
        member.found(5);
        member.step(new Input.Seen(TestGroups.view(Map.of("t", 5))));
        assertTrue(member.sends(JoinGroupRequestData.class));
    }

    @Test
    void aCooperativeMemberKeepsWhatItHasWhileTheGroupRebalances() {
        MemberFixture member = MemberFixture.owning(0, 1);
        member.heartbeatAnswered(Errors.REBALANCE_IN_PROGRESS);
        assertFalse(member.has(Effect.Revoke.class));
        assertEquals(ts(0, 1), member.claimed());
        member.expectHeld(0, 1);

        member.joined();
        member.synced(0, 1, 3);
        member.found(7);
        assertEquals(
                Map.of(t(3), Optional.of(new OffsetAndMetadata(7))),
                member.effect(Effect.Assigned.class).added());
        assertEquals(ts(0, 1, 3), member.effect(Effect.Assigned.class).all());
    }

    @Test
    void aCooperativeMemberDrainsWhatItMustGiveUpBeforeItJoinsAgain() {
        MemberFixture member = MemberFixture.owning(0, 1);
        member.heartbeatAnswered(Errors.REBALANCE_IN_PROGRESS);
        member.joined();
        member.synced(1);
        Effect.Revoke revoke = member.effect(Effect.Revoke.class);
        assertEquals(ts(0), revoke.partitions());
        assertFalse(member.sends(JoinGroupRequestData.class));
        member.expectHeld(0, 1);

        member.step(new Input.Drained(revoke.revocationId()));
        assertEquals(ts(1), member.claimed());
        member.expectHeld(1);
    }

    @Test
    void aDrainThatTakesTooLongIsLostAndTheMemberGoesOn() {
        MemberFixture member = MemberFixture.owning(0, 1);
        member.heartbeatAnswered(Errors.REBALANCE_IN_PROGRESS);
        member.joined();
        member.synced(1);
        long revocationId = member.effect(Effect.Revoke.class).revocationId();

        member.after(2_999);
        assertFalse(member.has(Effect.Lost.class));
        member.after(1);
        assertEquals(ts(0), member.effect(Effect.Lost.class).partitions());
        assertEquals(ts(1), member.claimed());
        assertTrue(member.step(new Input.Drained(revocationId)).effects.isEmpty(), "too late");
    }

    @Test
    void theDrainLimitStaysBelowTheRebalanceTimeout() {
        GroupSettings.Times times =
                new GroupSettings.Times(45_000, 3_000, 20_000, 30_000, 30_000, 60_000, 100, 1_000, 300_000);
        assertEquals(14_000, times.drainLimitMs());
    }

    @ParameterizedTest
    @ValueSource(strings = {"range", "roundrobin", "sticky"})
    void anEagerMemberGivesUpEverythingBeforeItJoins(String assignor) {
        MemberFixture member = MemberFixture.owning(TestGroups.settings(assignor), 0, 1);
        member.heartbeatAnswered(Errors.REBALANCE_IN_PROGRESS);
        Effect.Revoke revoke = member.effect(Effect.Revoke.class);
        assertEquals(ts(0, 1), revoke.partitions());
        assertFalse(member.sends(JoinGroupRequestData.class));
        // It stays alive meanwhile.
        member.heartbeatAnswered(Errors.REBALANCE_IN_PROGRESS);
        assertFalse(member.sends(JoinGroupRequestData.class));

        member.step(new Input.Drained(revoke.revocationId()));
        assertEquals(Set.of(), member.claimed());
        member.expectHeld();
    }

    @Test
    void topicsThatAreNoLongerReadAreRevokedBeforeJoining() {
        MemberFixture member = MemberFixture.owning(0, 1);
        member.step(new Input.Subscribed(Set.of("other")));
        Effect.Revoke revoke = member.effect(Effect.Revoke.class);
        assertEquals(ts(0, 1), revoke.partitions());
        member.step(new Input.Drained(revoke.revocationId()));
        assertEquals("the subscription changed", member.joining().reason());
        assertEquals(Set.of(), member.claimed());
    }

    @Test
    void heartbeatsGoOutAtTheirInterval() {
        MemberFixture member = MemberFixture.owning(0);
        for (int i = 0; i < 20; i++) {
            member.heartbeatAnswered(Errors.NONE);
            assertFalse(member.has(Effect.Lost.class), "at " + member.nowMs);
        }
        member.expectHeld(0);
    }

    @Test
    void offsetsOfOpenTransactionsAreAskedForAgain() {
        MemberFixture member = MemberFixture.cooperative();
        member.started();
        member.joined();
        member.synced(0);
        Effect.Send fetch = member.sent(OffsetFetchRequestData.class);
        member.answer(
                fetch,
                MemberFixture.offsets((OffsetFetchRequestData) fetch.request(), -1, Errors.UNSTABLE_OFFSET_COMMIT));
        assertFalse(member.has(Effect.Assigned.class));
        member.after(120);
        member.found(3);
        assertEquals(
                Map.of(t(0), Optional.of(new OffsetAndMetadata(3))),
                member.effect(Effect.Assigned.class).added());
    }

    @Test
    void aPartitionThatGoesAwayBeforeItsOffsetIsKnownIsNotRevoked() {
        MemberFixture member = MemberFixture.cooperative();
        member.started();
        member.joined();
        member.synced(0, 1);
        Effect.Send fetch = member.sent(OffsetFetchRequestData.class);
        member.heartbeatAnswered(Errors.REBALANCE_IN_PROGRESS);
        member.joined();
        member.answer(member.sent(SyncGroupRequestData.class), MemberFixture.assignment(1));
        assertFalse(member.has(Effect.Revoke.class));
        assertEquals(ts(1), member.claimed(), "others wait for it until this member says that it has it no more");
        assertTrue(
                member.answer(fetch, MemberFixture.offsets((OffsetFetchRequestData) fetch.request(), 9, Errors.NONE))
                        .effects
                        .isEmpty(),
                "an answer of yesterday");
    }

    @Test
    void aTopicThatIsNotThereYetIsWaitedForWithinTheGroup() {
        MemberFixture member = MemberFixture.cooperative();
        member.step(new Input.Start(Set.of("t")));
        member.step(new Input.Seen(TestGroups.viewWithError("t", Errors.UNKNOWN_TOPIC_OR_PARTITION)));
        assertTrue(member.sends(JoinGroupRequestData.class));
    }

    @Test
    void closingDrainsThenLeaves() {
        MemberFixture member = MemberFixture.owning(0, 1);
        member.step(new Input.Close());
        Effect.Revoke revoke = member.effect(Effect.Revoke.class);
        assertEquals(ts(0, 1), revoke.partitions());
        member.heartbeatAnswered(Errors.REBALANCE_IN_PROGRESS);
        assertFalse(member.sends(JoinGroupRequestData.class), "it is about to leave");

        member.step(new Input.Drained(revoke.revocationId()));
        Effect.Send leave = member.sent(LeaveGroupRequestData.class);
        assertEquals(
                "me",
                ((LeaveGroupRequestData) leave.request()).members().getFirst().memberId());
        member.answer(leave, new LeaveGroupResponseData());
        assertTrue(member.has(Effect.Closed.class));
    }

    @Test
    void aStaticMemberDoesNotLeave() {
        MemberFixture member =
                MemberFixture.owning(TestGroups.asStatic(TestGroups.settings(MemberFixture.COOPERATIVE), "i-1"), 0);
        member.step(new Input.Close());
        member.step(new Input.Drained(member.effect(Effect.Revoke.class).revocationId()));
        assertTrue(member.has(Effect.Closed.class));
        assertFalse(member.sends(LeaveGroupRequestData.class));
    }

    @Test
    void leavingTakesARequestTimeoutAtMost() {
        MemberFixture member = MemberFixture.owning(0);
        member.step(new Input.Close());
        member.step(new Input.Drained(member.effect(Effect.Revoke.class).revocationId()));
        member.answer(
                member.sent(LeaveGroupRequestData.class),
                new LeaveGroupResponseData().setErrorCode(Errors.NOT_COORDINATOR.code()));
        assertTrue(member.has(Effect.ForgetCoordinator.class));
        member.after(200);
        assertTrue(member.sends(LeaveGroupRequestData.class));
        member.after(3_900);
        assertTrue(member.has(Effect.Closed.class));
    }

    @Test
    void aListenerThatThrowsEndsTheMembershipAndOthersNeedNotWait() {
        MemberFixture member = MemberFixture.owning(0);
        member.step(new Input.ListenerBroke(new IllegalStateException("no")));
        assertTrue(member.sends(LeaveGroupRequestData.class));
        assertTrue(member.has(Effect.Failed.class));
    }

    @Test
    void anAnswerToAHeartbeatOfTheLastGenerationIsPassedOver() {
        MemberFixture member = MemberFixture.owning(0);
        member.after(1_000);
        Effect.Send old = member.sent(HeartbeatRequestData.class);
        member.step(new Input.Subscribed(Set.of("t", "u")));
        assertTrue(member.sends(JoinGroupRequestData.class));
        member.answer(old, new HeartbeatResponseData().setErrorCode(Errors.UNKNOWN_MEMBER_ID.code()));
        assertTrue(member.effects.isEmpty());
        member.expectHeld(0);
    }

    private static JoinGroupResponseMember reads(String memberId, String topic) {
        ByteBuffer bytes = ConsumerProtocol.serializeSubscription(new Subscription(List.of(topic)));
        byte[] metadata = new byte[bytes.remaining()];
        bytes.get(metadata);
        return new JoinGroupResponseMember().setMemberId(memberId).setMetadata(metadata);
    }
}
