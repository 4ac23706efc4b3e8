package io.sampo.streams.group;

import static io.sampo.streams.group.ConsumerFixture.INTERVAL_MS;
import static io.sampo.streams.group.ConsumerFixture.T;
import static io.sampo.streams.group.ConsumerFixture.given;
import static io.sampo.streams.group.ConsumerFixture.good;
import static io.sampo.streams.group.ConsumerFixture.heartbeat;
import static io.sampo.streams.group.MemberFixture.ts;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.streams.UnsupportedFeature;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.errors.DisconnectException;
import org.apache.kafka.common.errors.GroupAuthorizationException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What a member of the consumer protocol does when answers are lost or late, or it is out of its group.
class ConsumerMembershipFaultsTest {
    // ---- answers that are lost or late -----------------------------------------------------------------------

    @Test
    void afterALostAnswerTheNextHeartbeatTellsEverything() {
        ConsumerFixture member = ConsumerFixture.owning(0, 1);
        member.after(INTERVAL_MS);
        member.step(new Input.NotAnswered(heartbeat(member).requestId(), new DisconnectException()));
        assertTrue(member.has(Effect.ForgetCoordinator.class));
        assertFalse(member.beats(), "not at once");
        member.after(150);
        assertEquals(5, member.beat().memberEpoch());
        assertEquals(List.of("t"), member.beat().subscribedTopicNames());
        assertEquals(Set.of(0, 1), member.toldOwned());
        assertEquals(10_000, member.beat().rebalanceTimeoutMs());
    }

    @Test
    void anAnswerThatComesTwiceCountsOnce() {
        ConsumerFixture member = ConsumerFixture.owning(0, 1);
        member.after(INTERVAL_MS);
        Effect.Send sent = heartbeat(member);
        member.answer(sent, given(6, T, 0, 1, 2));
        member.answer(sent, given(4, T));
        assertEquals(List.of(), member.effects);
        assertEquals(6, member.rules.standing().generationId());
    }

    @ParameterizedTest
    @EnumSource(
            value = Errors.class,
            names = {"NOT_COORDINATOR", "COORDINATOR_NOT_AVAILABLE", "COORDINATOR_LOAD_IN_PROGRESS"})
    void aCoordinatorThatMovedIsLookedForAndNothingIsGivenUp(Errors error) {
        ConsumerFixture member = ConsumerFixture.owning(0, 1);
        member.after(INTERVAL_MS).refused(error);
        assertEquals(error != Errors.COORDINATOR_LOAD_IN_PROGRESS, member.has(Effect.ForgetCoordinator.class));
        member.expectHeld(0, 1);
        member.after(150);
        assertEquals(Set.of(0, 1), member.toldOwned());
        assertEquals(5, member.beat().memberEpoch());
    }

    @Test
    void whoDoesNotHearOfTheCoordinatorForTheSessionGivesEverythingUpAndAsksForItBack() {
        ConsumerFixture member = ConsumerFixture.owning(0, 1);
        member.nowMs += 5_999;
        assertFalse(member.step(new Input.Tick()).has(Effect.Lost.class));
        member.nowMs += 1;
        member.step(new Input.Tick());
        assertEquals(ts(0, 1), member.effect(Effect.Lost.class).partitions());
        assertEquals(-1, member.rules.standing().generationId());
        assertEquals(5, member.beat().memberEpoch(), "the coordinator may know it all the same");
        assertEquals(Set.of(), member.toldOwned());
        member.beaten(5, 0, 1);
        member.found(20);
        member.expectHeld(0, 1);
    }

    @Test
    void theSessionIsAsOldAsTheHeartbeatNotAsItsAnswer() {
        ConsumerFixture member = ConsumerFixture.owning(0, 1);
        member.after(INTERVAL_MS);
        Effect.Send beat = heartbeat(member);
        member.nowMs += 1_900;
        member.answer(beat, good(5));
        member.nowMs += 6_000 - 1_900 - 1;
        assertFalse(member.step(new Input.Tick()).has(Effect.Lost.class));
        member.nowMs += 1;
        assertTrue(member.step(new Input.Tick()).has(Effect.Lost.class));
    }

    @Test
    void anAssignmentThatArrivesAfterTheSessionIsNotTaken() {
        ConsumerFixture member = ConsumerFixture.started();
        Effect.Send join = heartbeat(member);
        member.nowMs += 6_000;
        member.answer(join, given(5, T, 0, 1));
        assertEquals(-1, member.rules.standing().generationId());
        assertFalse(member.sends(OffsetFetchRequestData.class));
    }

    // ---- out of the group ------------------------------------------------------------------------------------

    @ParameterizedTest
    @EnumSource(
            value = Errors.class,
            names = {"FENCED_MEMBER_EPOCH", "UNKNOWN_MEMBER_ID", "GROUP_ID_NOT_FOUND"})
    void whoIsOutOfTheGroupGivesEverythingUpAndJoinsAgainUnderItsId(Errors error) {
        ConsumerFixture member = ConsumerFixture.owning(0, 1);
        member.after(INTERVAL_MS).refused(error);
        assertEquals(ts(0, 1), member.effect(Effect.Lost.class).partitions());
        assertFalse(member.rules.standing().canCommit());
        member.after(150);
        assertEquals(0, member.beat().memberEpoch());
        assertEquals("me", member.beat().memberId());
        assertEquals(Set.of(), member.toldOwned());
        assertEquals(List.of("t"), member.beat().subscribedTopicNames());
        member.beaten(9, 1);
        member.found(4);
        member.expectHeld(1);
    }

    @ParameterizedTest
    @EnumSource(
            value = Errors.class,
            names = {
                "UNSUPPORTED_ASSIGNOR",
                "UNRELEASED_INSTANCE_ID",
                "FENCED_INSTANCE_ID",
                "GROUP_MAX_SIZE_REACHED",
                "INVALID_REQUEST",
                "GROUP_AUTHORIZATION_FAILED",
                "TOPIC_AUTHORIZATION_FAILED",
                "GROUP_ID_NOT_FOUND"
            })
    void whatTimeDoesNotHealEndsTheMembership(Errors error) {
        ConsumerFixture member = ConsumerFixture.started();
        member.answer(
                heartbeat(member),
                new ConsumerGroupHeartbeatResponseData()
                        .setErrorCode(error.code())
                        .setErrorMessage("so says the broker"));
        Throwable failure = member.failure().orElseThrow();
        assertEquals(error.exception().getClass(), failure.getClass());
        assertTrue(String.valueOf(failure.getMessage()).contains("so says the broker"));
        assertTrue(member.rules.standing().over());
        assertEquals(Membership.NEVER, member.rules.wakeAtMs());
    }

    @Test
    void whatIsForbiddenOnTheWayIsFatalToo() {
        ConsumerFixture member = ConsumerFixture.owning(0);
        member.after(INTERVAL_MS);
        member.step(new Input.NotAnswered(heartbeat(member).requestId(), new GroupAuthorizationException("no")));
        assertInstanceOf(GroupAuthorizationException.class, member.failure().orElseThrow());
        assertEquals(ts(0), member.effect(Effect.Lost.class).partitions());

        ConsumerFixture reader = ConsumerFixture.owning(0);
        reader.step(new Input.Seen(TestGroups.viewWithError("t", Errors.TOPIC_AUTHORIZATION_FAILED)));
        assertInstanceOf(TopicAuthorizationException.class, reader.failure().orElseThrow());
    }

    @Test
    void aBrokerWithoutTheProtocolIsNamedAsThat() {
        ConsumerFixture member = ConsumerFixture.started();
        member.step(new Input.NotAnswered(
                heartbeat(member).requestId(),
                new UnsupportedFeature("ConsumerGroupHeartbeat", "it does not have this API")));
        UnsupportedFeature failure =
                assertInstanceOf(UnsupportedFeature.class, member.failure().orElseThrow());
        assertTrue(String.valueOf(failure.getMessage()).startsWith("group.protocol=consumer is not supported"));

        ConsumerFixture other = ConsumerFixture.started();
        other.refused(Errors.UNSUPPORTED_VERSION);
        assertInstanceOf(UnsupportedFeature.class, other.failure().orElseThrow());
    }
}
