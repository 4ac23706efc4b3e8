package io.sampo.streams.group;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// `-Dsampo.group.seed=N` runs one seed; `-Dsampo.group.seeds=N` runs so many.
///
/// Bugs that were planted one at a time, each found within these seeds, and the judge that found it: a
/// partition given up without its drain, and partitions kept by one who is out of the group (what the listener
/// has against what the member says); an old commit tried again over a newer one, and two commits under way at
/// once (none is sent with a later one waiting); a commit that is to be tried again taken for a success (what
/// is said to be committed is); an assignment handed out unconfirmed (what is due to a member); no end of the
/// session (nothing is held without hearing of the coordinator); a join before the drain is done (two holders);
/// a claim forgotten that the listener never had, offsets not asked for again, a leader blind to new partitions
/// (one holder in the end). Most of those found once in some hundred seeds have their cases in [ClassicMembershipTest]
/// and [CommitQueueTest].
///
/// Likewise in the consumer protocol: partitions taken away without a drain (one holder in the end); a
/// drain that is not reported as owned (two holders); no end of the session; a drain without an end, and
/// one left out before the member leaves (what the listener has against what the member says); partitions
/// kept by one who was put out, an assignment that outlives its membership, an answer that comes twice
/// taken twice, and an answer that was lost without all being told again (who joins says all, and owns
/// nothing); a join with the old epoch (who runs is in the group in the end); offsets asked for without the
/// epoch, and a stale epoch taken for fatal (nobody fails); given partitions not reported before the
/// listener has them (what is due to a member). What it does not find has its cases in
/// [ConsumerMembershipTest] and [ConsumerMembershipFaultsTest].
class GroupSimulationTest {
    @ParameterizedTest
    @ValueSource(strings = {"cooperative-sticky", "range", "sticky", "roundrobin"})
    void partitionsHaveOneOwnerAndCommitsNeverGoBack(String assignor) {
        run(TestGroups.settings(assignor));
    }

    @Test
    void theSameHoldsInTheConsumerProtocol() {
        run(TestGroups.consumer());
    }

    private static void run(GroupSettings settings) {
        Long one = Long.getLong("sampo.group.seed");
        if (one != null) {
            new GroupSimulation(one, settings).run();
            return;
        }
        int rebalances = 0;
        long seeds = Long.getLong("sampo.group.seeds", 100);
        for (long seed = 1; seed <= seeds; seed++) {
            rebalances += new GroupSimulation(seed, settings).run();
        }
        assertTrue(rebalances > 5 * seeds, "the faults do little: " + rebalances + " rebalances");
    }
}
