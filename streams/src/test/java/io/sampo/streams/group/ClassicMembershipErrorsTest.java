package io.sampo.streams.group;

import static io.sampo.streams.group.MemberFixture.t;
import static io.sampo.streams.group.MemberFixture.ts;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Subscription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.internals.ConsumerProtocol;
import org.apache.kafka.common.errors.DisconnectException;
import org.apache.kafka.common.errors.GroupAuthorizationException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What a member of a classic group does when answers fail, come late or do not come.
class ClassicMembershipErrorsTest {
    @Test
    void withoutAnswersEverythingIsLostWhenTheSessionEnds() {
        MemberFixture member = MemberFixture.owning(0, 1);
        member.after(5_999);
        assertFalse(member.has(Effect.Lost.class));
        member.after(1);
        assertEquals(ts(0, 1), member.effect(Effect.Lost.class).partitions());
        assertEquals(Set.of(), member.claimed());
        assertEquals("me", member.joining().memberId());
    }

    @Test
    void aJoinThatIsHeldByTheCoordinatorKeepsTheSession() {
        MemberFixture member = MemberFixture.owning(0, 1);
        member.heartbeatAnswered(Errors.REBALANCE_IN_PROGRESS);
        Effect.Send join = member.sent(JoinGroupRequestData.class);
        member.after(9_000);
        assertFalse(member.has(Effect.Lost.class));

        // Nobody knows whether it arrived: the session's clock counts again.
        member.step(new Input.NotAnswered(join.requestId(), new DisconnectException()));
        assertEquals(ts(0, 1), member.effect(Effect.Lost.class).partitions());
    }

    /// A coordinator died with a join; the next one first says that it is not there yet. That is an answer: joins
    /// arrive, and the one after it is held.
    @ParameterizedTest
    @EnumSource(
            value = Errors.class,
            names = {"NOT_COORDINATOR", "COORDINATOR_LOAD_IN_PROGRESS"})
    void aRefusalShowsThatTheNextJoinIsHeld(Errors refusal) {
        MemberFixture member = MemberFixture.owning(0, 1);
        member.heartbeatAnswered(Errors.REBALANCE_IN_PROGRESS);
        member.step(
                new Input.NotAnswered(member.sent(JoinGroupRequestData.class).requestId(), new DisconnectException()));
        member.after(300);
        member.answer(
                member.sent(JoinGroupRequestData.class), new JoinGroupResponseData().setErrorCode(refusal.code()));
        member.after(600);
        assertTrue(member.sends(JoinGroupRequestData.class));

        member.after(9_000);
        assertFalse(member.has(Effect.Lost.class));
    }

    @ParameterizedTest
    @EnumSource(
            value = Errors.class,
            names = {"ILLEGAL_GENERATION", "UNKNOWN_MEMBER_ID"})
    void whoIsOutOfTheGroupLosesEverythingAndJoinsAnew(Errors error) {
        MemberFixture member = MemberFixture.owning(0, 1);
        member.heartbeatAnswered(error);
        assertEquals(ts(0, 1), member.effect(Effect.Lost.class).partitions());
        member.after(500);
        assertEquals(
                error == Errors.UNKNOWN_MEMBER_ID ? "" : "me", member.joining().memberId());
        assertEquals(Set.of(), member.claimed());
        member.expectHeld();
    }

    @ParameterizedTest
    @EnumSource(
            value = Errors.class,
            names = {"NOT_COORDINATOR", "COORDINATOR_NOT_AVAILABLE"})
    void aHeartbeatGoesToTheNextCoordinator(Errors error) {
        MemberFixture member = MemberFixture.owning(0);
        member.heartbeatAnswered(error);
        assertTrue(member.has(Effect.ForgetCoordinator.class));
        member.after(100);
        assertTrue(member.sends(HeartbeatRequestData.class));
        member.expectHeld(0);
    }

    @ParameterizedTest
    @EnumSource(
            value = Errors.class,
            names = {"FENCED_INSTANCE_ID", "GROUP_AUTHORIZATION_FAILED", "INVALID_REQUEST"})
    void aHeartbeatErrorThatTimeDoesNotHealEndsTheMembership(Errors error) {
        MemberFixture member = MemberFixture.owning(0);
        member.heartbeatAnswered(error);
        assertEquals(ts(0), member.effect(Effect.Lost.class).partitions());
        assertInstanceOf(
                error.exception().getClass(), member.effect(Effect.Failed.class).cause());
        assertEquals(Membership.NEVER, member.rules.wakeAtMs());
    }

    @ParameterizedTest
    @EnumSource(
            value = Errors.class,
            names = {
                "NOT_COORDINATOR",
                "COORDINATOR_NOT_AVAILABLE",
                "COORDINATOR_LOAD_IN_PROGRESS",
                "REBALANCE_IN_PROGRESS"
            })
    void aJoinIsTriedAgain(Errors error) {
        MemberFixture member = MemberFixture.cooperative();
        member.started();
        member.answer(member.sent(JoinGroupRequestData.class), new JoinGroupResponseData().setErrorCode(error.code()));
        assertFalse(member.sends(JoinGroupRequestData.class), "after a pause");
        assertEquals(Verdict.of(error) == Verdict.REDISCOVER, member.has(Effect.ForgetCoordinator.class));
        member.after(120);
        assertTrue(member.sends(JoinGroupRequestData.class));
    }

    @ParameterizedTest
    @EnumSource(
            value = Errors.class,
            names = {
                "INCONSISTENT_GROUP_PROTOCOL",
                "INVALID_SESSION_TIMEOUT",
                "INVALID_GROUP_ID",
                "GROUP_AUTHORIZATION_FAILED",
                "GROUP_MAX_SIZE_REACHED",
                "UNSUPPORTED_VERSION",
                "FENCED_INSTANCE_ID"
            })
    void aJoinThatIsRefusedForGoodEndsTheMembership(Errors error) {
        MemberFixture member = MemberFixture.cooperative();
        member.started();
        member.answer(member.sent(JoinGroupRequestData.class), new JoinGroupResponseData().setErrorCode(error.code()));
        assertInstanceOf(
                error.exception().getClass(), member.effect(Effect.Failed.class).cause());
    }

    @ParameterizedTest
    @EnumSource(
            value = Errors.class,
            names = {"REBALANCE_IN_PROGRESS", "NOT_COORDINATOR", "COORDINATOR_NOT_AVAILABLE"})
    void aMemberWithoutAnAssignmentJoinsAgainWithWhatItHas(Errors error) {
        MemberFixture member = MemberFixture.owning(0, 1);
        member.heartbeatAnswered(Errors.REBALANCE_IN_PROGRESS);
        member.joined();
        Effect.Send sync = member.sent(SyncGroupRequestData.class);
        member.answer(sync, new SyncGroupResponseData().setErrorCode(error.code()));
        if (error != Errors.REBALANCE_IN_PROGRESS) {
            member.after(120);
        }
        assertEquals(ts(0, 1), member.claimed());
        byte[] metadata = member.joining().protocols().iterator().next().metadata();
        Subscription said = ConsumerProtocol.deserializeSubscription(ByteBuffer.wrap(metadata));
        assertEquals(Optional.of(6), said.generationId(), "the generation in which it last said what it has");
    }

    @ParameterizedTest
    @EnumSource(
            value = Errors.class,
            names = {"ILLEGAL_GENERATION", "UNKNOWN_MEMBER_ID"})
    void anAssignmentThatBelongsToOthersMeansThatEverythingIsLost(Errors error) {
        MemberFixture member = MemberFixture.owning(0, 1);
        member.heartbeatAnswered(Errors.REBALANCE_IN_PROGRESS);
        member.joined();
        member.answer(member.sent(SyncGroupRequestData.class), new SyncGroupResponseData().setErrorCode(error.code()));
        assertEquals(ts(0, 1), member.effect(Effect.Lost.class).partitions());
    }

    @Test
    void anAssignmentThatWasOnItsWayForTooLongIsNotHandedOut() {
        // Seed 40: a member was suspended while its assignment came, and the group had gone on without it.
        MemberFixture member = MemberFixture.cooperative();
        member.started();
        member.joined();
        Effect.Send sync = member.sent(SyncGroupRequestData.class);
        member.nowMs += 9_000;
        member.answer(sync, MemberFixture.assignment(0, 1));
        assertFalse(member.sends(OffsetFetchRequestData.class));
        member.answer(
                member.sent(HeartbeatRequestData.class),
                new HeartbeatResponseData().setErrorCode(Errors.UNKNOWN_MEMBER_ID.code()));
        assertFalse(member.has(Effect.Assigned.class));
        member.expectHeld();
    }

    @Test
    void aCoordinatorThatWasLoadingMustConfirmTheAssignmentAnew() {
        // While it loads it answers each heartbeat well, of whichever member.
        MemberFixture member = MemberFixture.cooperative();
        member.started();
        member.joined();
        member.synced(0);
        Effect.Send loading = member.sent(OffsetFetchRequestData.class);
        member.answer(loading, ModelCoordinator.refusal(loading.request(), Errors.COORDINATOR_LOAD_IN_PROGRESS));
        member.after(120);
        member.found(7);
        assertFalse(member.has(Effect.Assigned.class));
        Effect.Send heartbeat = member.sent(HeartbeatRequestData.class);

        member.answer(heartbeat, new HeartbeatResponseData());
        member.found(9);
        assertEquals(
                Map.of(t(0), Optional.of(new OffsetAndMetadata(9))),
                member.effect(Effect.Assigned.class).added());
    }

    @Test
    void committedOffsetsThatComeAfterTheSessionAreNotTaken() {
        MemberFixture member = MemberFixture.cooperative();
        member.started();
        member.joined();
        member.synced(0);
        Effect.Send fetch = member.sent(OffsetFetchRequestData.class);
        member.nowMs += 6_000;
        member.answer(fetch, MemberFixture.offsets((OffsetFetchRequestData) fetch.request(), 9, Errors.NONE));
        assertFalse(member.has(Effect.Assigned.class));
        assertTrue(member.sends(JoinGroupRequestData.class));
    }

    @Test
    void aForbiddenTopicEndsTheMembership() {
        MemberFixture member = MemberFixture.cooperative();
        member.step(new Input.Start(Set.of("t")));
        member.step(new Input.Seen(TestGroups.viewWithError("t", Errors.TOPIC_AUTHORIZATION_FAILED)));
        assertInstanceOf(
                TopicAuthorizationException.class,
                member.effect(Effect.Failed.class).cause());
    }

    @Test
    void aForbiddenGroupEndsTheMembershipWhenTheCoordinatorIsLookedFor() {
        MemberFixture member = MemberFixture.cooperative();
        member.started();
        member.step(new Input.NotAnswered(
                member.sent(JoinGroupRequestData.class).requestId(), new GroupAuthorizationException("g")));
        assertInstanceOf(
                GroupAuthorizationException.class,
                member.effect(Effect.Failed.class).cause());
    }
}
