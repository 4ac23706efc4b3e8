package io.sampo.core.partition;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class FollowerProgressTest {
    private static final int EPOCH = 3;
    private static final int ROUND_MS = 1_500;
    private final FollowerProgress follower = new FollowerProgress(
            QuorumCluster.id(2), new CatchUpThrottle(new Dice(1), new ReplicationQuotas().leader()));

    private void fetches(long logEndOffset, long leadersLogEnd, long nowMs) {
        follower.fetched(new LogKey(EPOCH, logEndOffset), leadersLogEnd, nowMs, ROUND_MS);
    }

    private boolean inSync(long nowMs) {
        return follower.isInSync(EPOCH, nowMs, 1_000);
    }

    @Test
    void itIsInSyncWhileItWasAtTheEndNotTooLongAgo() {
        assertFalse(inSync(0), "never heard of");
        fetches(10, 10, 5_000);
        assertTrue(inSync(6_000));
        assertFalse(inSync(6_001));
    }

    @Test
    void itIsNotInSyncFromTheLossOfItsNodeToItsNextFetch() {
        fetches(10, 10, 5_000);
        follower.nodeLost();
        assertFalse(inSync(5_000));
        fetches(10, 10, 5_100);
        assertTrue(inSync(5_100));
    }

    @Test
    void aBusyLeaderDoesNotMakeItLag() {
        fetches(10, 15, 5_000);
        assertFalse(inSync(5_000));
        // It asks from where the log ended when it asked before: it was caught up then.
        fetches(15, 30, 5_400);
        assertTrue(inSync(5_400));
        fetches(30, 50, 5_900);
        assertTrue(inSync(6_400));
        assertFalse(inSync(6_401));
    }

    @Test
    void withoutTheMarkerOrWhileSuspectItIsNot() {
        follower.fetched(new LogKey(EPOCH - 1, 10), 10, 5_000, ROUND_MS);
        assertFalse(inSync(5_000));
        fetches(10, 10, 5_000);
        follower.suspect = true;
        assertFalse(inSync(5_000));
    }

    @Test
    void aLearnerHasToKeepUpWithoutABreak() {
        fetches(10, 10, 5_000);
        fetches(12, 12, 6_000);
        assertFalse(follower.hasKeptUp(EPOCH, 6_000, 2_000, 500));
        fetches(14, 14, 7_000);
        assertTrue(follower.hasKeptUp(EPOCH, 7_000, 2_000, 500));
        assertFalse(follower.hasKeptUp(EPOCH, 7_500, 2_000, 500), "silent");
        fetches(14, 40, 7_600);
        fetches(20, 50, 9_101);
        fetches(50, 50, 9_200);
        assertFalse(follower.hasKeptUp(EPOCH, 9_200, 2_000, 500), "it lagged in between");
        fetches(60, 60, 11_200);
        assertTrue(follower.hasKeptUp(EPOCH, 11_200, 2_000, 500));
    }

    /// Found by the simulator (seed 1593): answers of one batch, and a leader that writes the next ones
    /// meanwhile.
    @Test
    void aLearnerThatIsNeverAtTheEndKeepsUpWhenItIsNotFarBehindInTime() {
        for (int i = 0; i <= 40; i++) {
            fetches(10 + i, 13 + i, 5_000 + 100 * i);
        }
        assertTrue(follower.hasKeptUp(EPOCH, 9_000, 2_000, 500));
    }

    @Test
    void aLearnerThatFallsBackFurtherAndFurtherDoesNotKeepUp() {
        for (int i = 0; i <= 40; i++) {
            fetches(10 + i, 100 + 5 * i, 5_000 + 100 * i);
        }
        assertFalse(follower.hasKeptUp(EPOCH, 9_000, 2_000, 500));
    }

    @Test
    void anotherLifeBeginsWithNothing() {
        follower.beginLife(1);
        fetches(10, 10, 5_000);
        follower.recoveryTarget = 7;

        follower.beginLife(2);

        assertFalse(inSync(5_000));
        assertFalse(follower.fetchedSince(0));
        assertTrue(follower.recoveryTarget < 0);
    }
}
