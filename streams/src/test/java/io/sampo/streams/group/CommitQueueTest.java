package io.sampo.streams.group;

import static io.sampo.streams.group.MemberFixture.t;
import static io.sampo.streams.group.MemberFixture.ts;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.errors.DisconnectException;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CommitQueueTest {
    private final MemberFixture member = MemberFixture.owning(0, 1);

    private Effect.Send sentCommit() {
        return member.sent(OffsetCommitRequestData.class);
    }

    private CommitFailed.Reason reason() {
        return member.effect(Effect.NotCommitted.class).failure().reason();
    }

    @Test
    void aCommitNamesTheMemberAndItsGeneration() {
        long commitId = member.commit(0, 20);
        OffsetCommitRequestData request = (OffsetCommitRequestData) sentCommit().request();
        assertEquals("me", request.memberId());
        assertEquals(5, request.generationIdOrMemberEpoch());

        member.commitAnswered(sentCommit(), Errors.NONE);
        assertEquals(List.of(new Effect.Committed(commitId)), member.effects);
    }

    @Test
    void whatComesMeanwhileIsGatheredAndOnlyTheFurthestIsSent() {
        member.commit(0, 20);
        Effect.Send first = sentCommit();
        long second = member.commit(0, 21);
        assertFalse(member.sends(OffsetCommitRequestData.class), "one at a time");
        long third = member.commit(Map.of(t(0), 25L, t(1), 30L));
        long late = member.commit(0, 19);

        member.commitAnswered(first, Errors.NONE);
        assertEquals(Map.of(t(0), 25L, t(1), 30L), member.committing());
        member.commitAnswered(sentCommit(), Errors.NONE);
        assertEquals(
                Set.of(new Effect.Committed(second), new Effect.Committed(third), new Effect.Committed(late)),
                Set.copyOf(member.effects));
    }

    @Test
    void anOffsetThatIsCommittedAlreadyNeedsNoRequest() {
        long commitId = member.commit(0, 10);
        assertEquals(List.of(new Effect.Committed(commitId)), member.effects, "10 was found at the beginning");
    }

    @Test
    void onlyAfterRewindingACommitGoesBack() {
        member.step(new Input.Rewound(ts(0)));
        member.commit(0, 3);
        assertEquals(Map.of(t(0), 3L), member.committing());
        member.commitAnswered(sentCommit(), Errors.NONE);
        member.commit(0, 2);
        assertFalse(member.sends(OffsetCommitRequestData.class));
    }

    @Test
    void aRewoundCommitFollowsTheOneUnderWay() {
        member.commit(0, 50);
        Effect.Send first = sentCommit();
        member.step(new Input.Rewound(ts(0)));
        long back = member.commit(0, 3);
        member.commitAnswered(first, Errors.NONE);
        assertEquals(Map.of(t(0), 3L), member.committing());
        assertFalse(member.effects.contains(new Effect.Committed(back)), "not by the higher one");
        member.commitAnswered(sentCommit(), Errors.NONE);
        assertTrue(member.effects.contains(new Effect.Committed(back)));
    }

    @Test
    void partitionsOfOthersAreNotCommittedButTheRestIs() {
        member.commit(Map.of(t(0), 20L, t(3), 5L));
        assertEquals(CommitFailed.Reason.NOT_OWNED, reason());
        assertEquals(ts(3), member.effect(Effect.NotCommitted.class).failure().partitions());
        assertEquals(Map.of(t(0), 20L), member.committing());
    }

    @ParameterizedTest
    @EnumSource(
            value = Errors.class,
            names = {
                "NOT_COORDINATOR",
                "COORDINATOR_NOT_AVAILABLE",
                "COORDINATOR_LOAD_IN_PROGRESS",
                "UNKNOWN_TOPIC_OR_PARTITION",
                "REQUEST_TIMED_OUT"
            })
    void itIsTriedAgain(Errors error) {
        long commitId = member.commit(0, 20);
        member.commitAnswered(sentCommit(), error);
        assertEquals(Verdict.of(error) == Verdict.REDISCOVER, member.has(Effect.ForgetCoordinator.class));
        member.after(120);
        assertEquals(Map.of(t(0), 20L), member.committing());
        member.commitAnswered(sentCommit(), Errors.NONE);
        assertEquals(List.of(new Effect.Committed(commitId)), member.effects);
    }

    @Test
    void aRetryDoesNotOvertakeANewerOne() {
        member.commit(0, 20);
        Effect.Send first = sentCommit();
        member.commit(0, 30);
        member.step(new Input.NotAnswered(first.requestId(), new DisconnectException()));
        assertTrue(member.has(Effect.ForgetCoordinator.class));
        member.after(120);
        assertEquals(Map.of(t(0), 30L), member.committing());
    }

    @Test
    void aRebalanceThatACommitHearsOfIsJoinedAndTheCommitFollows() {
        long commitId = member.commit(0, 20);
        member.commitAnswered(sentCommit(), Errors.REBALANCE_IN_PROGRESS);
        assertTrue(member.sends(JoinGroupRequestData.class));
        member.joined();
        member.synced(0, 1);
        member.after(120);
        OffsetCommitRequestData again = (OffsetCommitRequestData) sentCommit().request();
        assertEquals(6, again.generationIdOrMemberEpoch());
        member.commitAnswered(sentCommit(), Errors.NONE);
        assertTrue(member.effects.contains(new Effect.Committed(commitId)));
    }

    @Test
    void commitsWaitWhileTheGroupRebalancesAndGoOutInTheNewGeneration() {
        member.heartbeatAnswered(Errors.REBALANCE_IN_PROGRESS);
        Effect.Send join = member.sent(JoinGroupRequestData.class);
        member.commit(0, 20);
        assertFalse(member.sends(OffsetCommitRequestData.class));
        member.generationId = 6;
        member.answer(join, member.joinAnswer("leader"));
        assertFalse(member.sends(OffsetCommitRequestData.class));
        member.synced(1);
        assertEquals(Map.of(t(0), 20L), member.committing(), "also of what is being given up");
        assertEquals(6, ((OffsetCommitRequestData) sentCommit().request()).generationIdOrMemberEpoch());
    }

    @Test
    void aRefusalOfTheLastGenerationIsTriedAgainInThisOne() {
        member.commit(0, 20);
        Effect.Send first = sentCommit();
        member.heartbeatAnswered(Errors.REBALANCE_IN_PROGRESS);
        member.joined();
        member.synced(0, 1);
        member.commitAnswered(first, Errors.ILLEGAL_GENERATION);
        assertFalse(member.has(Effect.Lost.class));
        member.after(120);
        assertEquals(Map.of(t(0), 20L), member.committing());
    }

    @ParameterizedTest
    @EnumSource(
            value = Errors.class,
            names = {"ILLEGAL_GENERATION", "UNKNOWN_MEMBER_ID"})
    void whoIsOutOfTheGroupIsToldSoByItsCommit(Errors error) {
        member.commit(0, 20);
        member.commitAnswered(sentCommit(), error);
        assertEquals(CommitFailed.Reason.FENCED, reason());
        assertEquals(ts(0, 1), member.effect(Effect.Lost.class).partitions());
    }

    @Test
    void aFencedStaticMemberFails() {
        member.commit(0, 20);
        member.commitAnswered(sentCommit(), Errors.FENCED_INSTANCE_ID);
        assertEquals(CommitFailed.Reason.FENCED, reason());
        assertTrue(member.has(Effect.Failed.class));
    }

    @ParameterizedTest
    @EnumSource(
            value = Errors.class,
            names = {
                "GROUP_AUTHORIZATION_FAILED",
                "TOPIC_AUTHORIZATION_FAILED",
                "OFFSET_METADATA_TOO_LARGE",
                "INVALID_COMMIT_OFFSET_SIZE"
            })
    void whatTheBrokerRefusesForGoodFailsAlone(Errors error) {
        member.commit(0, 20);
        member.commitAnswered(sentCommit(), error);
        assertEquals(CommitFailed.Reason.REFUSED, reason());
        assertFalse(member.has(Effect.Failed.class));
        long next = member.commit(1, 20);
        member.commitAnswered(sentCommit(), Errors.NONE);
        assertEquals(List.of(new Effect.Committed(next)), member.effects);
    }

    @Test
    void itIsGivenUpAfterTheApiTimeout() {
        GroupSettings settings = TestGroups.settings(MemberFixture.COOPERATIVE);
        MemberFixture slow = MemberFixture.owning(settings, 0);
        slow.commit(0, 20);
        Effect.Send first = slow.sent(OffsetCommitRequestData.class);
        for (int i = 0; i < 7; i++) {
            slow.heartbeatAnswered(Errors.NONE);
        }
        slow.after(999);
        assertFalse(slow.has(Effect.NotCommitted.class));
        slow.after(1);
        assertEquals(
                CommitFailed.Reason.TIMEOUT,
                slow.effect(Effect.NotCommitted.class).failure().reason());
        slow.step(new Input.NotAnswered(first.requestId(), new DisconnectException()));
        slow.after(500);
        assertFalse(slow.sends(OffsetCommitRequestData.class), "nobody waits for it any more");
    }

    @Test
    void whatIsLostFailsAtOnce() {
        member.commit(0, 20);
        member.heartbeatAnswered(Errors.UNKNOWN_MEMBER_ID);
        assertEquals(CommitFailed.Reason.FENCED, reason());
    }

    @Test
    void nothingOfAPartitionThatWasGivenUpIsSentLater() {
        member.heartbeatAnswered(Errors.REBALANCE_IN_PROGRESS);
        member.joined();
        member.synced(1);
        long revocationId = member.effect(Effect.Revoke.class).revocationId();
        member.commit(0, 20);
        Effect.Send first = sentCommit();
        member.step(new Input.Drained(revocationId));
        assertEquals(CommitFailed.Reason.NOT_OWNED, reason());
        member.joined();
        member.synced(1);
        member.step(new Input.NotAnswered(first.requestId(), new DisconnectException()));
        member.after(500);
        assertFalse(member.sends(OffsetCommitRequestData.class));
    }

    @Test
    void aCommitUnderWayOfAPartitionThatWasLostIsNothingToItsNextOwner() {
        member.commit(0, 20);
        Effect.Send old = sentCommit();
        member.heartbeatAnswered(Errors.UNKNOWN_MEMBER_ID);
        member.after(member.settings.times().retryBackoffMaxMs());
        member.joined();
        member.synced(0);
        member.found(30);

        member.commit(0, 28);
        assertTrue(member.has(Effect.Committed.class), "others committed 30 meanwhile");
        member.commit(0, 31);
        member.step(new Input.NotAnswered(old.requestId(), new DisconnectException()));
        member.after(member.settings.times().retryBackoffMaxMs());
        assertEquals(Map.of(t(0), 31L), member.committing());
    }

    @Test
    void aClosedMemberCommitsNothing() {
        member.step(new Input.Close());
        member.step(new Input.Drained(member.effect(Effect.Revoke.class).revocationId()));
        member.after(5_000);
        assertTrue(member.has(Effect.Closed.class));
        member.commit(0, 99);
        assertEquals(CommitFailed.Reason.CLOSED, reason());
    }
}
