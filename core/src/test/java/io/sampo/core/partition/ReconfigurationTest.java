package io.sampo.core.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.partition.Reconfiguration.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.NotEmpty;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.UniqueElements;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ReconfigurationTest {

    private static List<ReplicaId> ids(Integer... nodes) {
        return Stream.of(nodes).map(QuorumCluster::id).toList();
    }

    private static VoterSet voters(Integer... nodes) {
        return new VoterSet(ids(nodes), List.of());
    }

    /// @param ready may vote, and is in sync
    private static @Nullable Step next(VoterSet config, List<ReplicaId> desired, int leader, List<ReplicaId> ready) {
        return Reconfiguration.next(config, desired, QuorumCluster.id(leader), ready::contains, ready::contains);
    }

    @Test
    void nothingIsDoneWithoutAWishOrWhenItIsFulfilled() {
        assertNull(next(voters(1, 2, 3), List.of(), 1, ids(1, 2, 3)));
        assertNull(next(voters(1, 2, 3), ids(3, 2, 1), 1, ids(1, 2, 3)));
    }

    @Test
    void aLearnerVotesWhenItHasKeptUpAndNobodyLeavesBefore() {
        assertNull(next(voters(1, 2, 3), ids(1, 2, 4), 1, ids(1, 2, 3)));
        assertEquals(new Step.Change(voters(1, 2, 3, 4)), next(voters(1, 2, 3), ids(1, 2, 4), 1, ids(1, 2, 3, 4)));
        assertEquals(new Step.Change(voters(1, 2, 4)), next(voters(1, 2, 3, 4), ids(1, 2, 4), 1, ids(1, 2, 3, 4)));
    }

    @Test
    void ofThoseWhoLeaveTheOneThatLagsGoesFirst() {
        assertEquals(
                new Step.Change(voters(1, 2, 3, 4)), next(voters(1, 2, 3, 4, 5), ids(1, 2, 3), 1, ids(1, 2, 3, 4)));
    }

    @Test
    void nobodyLeavesWhenTheRestHasNoMajorityInSync() {
        assertNull(next(voters(1, 2, 3), ids(1, 2), 1, ids(1, 3)));
    }

    @Test
    void aLeaderThatShallLeaveIsTheLastAndHandsOver() {
        assertEquals(new Step.Change(voters(1, 2, 3)), next(voters(1, 2, 3, 4), ids(2, 3), 1, ids(1, 2, 3, 4)));
        assertEquals(new Step.MoveLeadership(QuorumCluster.id(3)), next(voters(1, 2, 3), ids(3, 2), 1, ids(1, 2, 3)));
        assertNull(next(voters(1, 2, 3), ids(3, 2), 1, ids(1)));
    }

    @Property(tries = 300)
    void everyWishIsReachedOneVoterAtATime(
            @ForAll @Size(max = 5) @NotEmpty @UniqueElements List<@IntRange(min = 1, max = 6) Integer> from,
            @ForAll @Size(max = 5) @NotEmpty @UniqueElements List<@IntRange(min = 1, max = 6) Integer> to) {
        VoterSet config = voters(from.toArray(Integer[]::new));
        List<ReplicaId> desired = ids(to.toArray(Integer[]::new));
        List<ReplicaId> all = ids(1, 2, 3, 4, 5, 6);
        ReplicaId leader = config.voters().getFirst();
        List<VoterSet> path = new ArrayList<>(List.of(config));
        Step step = Reconfiguration.next(config, desired, leader, all::contains, all::contains);
        while (step != null) {
            assertTrue(path.size() < 30, () -> "never ends: " + path);
            switch (step) {
                case Step.Change(VoterSet target) -> {
                    assertEquals(1, config.votersChanged(target));
                    assertTrue(target.voters().contains(leader), "a leader that does not vote");
                    config = target;
                    path.add(config);
                }
                case Step.MoveLeadership(ReplicaId next) -> {
                    assertTrue(config.voters().contains(next));
                    leader = next;
                }
            }
            step = Reconfiguration.next(config, desired, leader, all::contains, all::contains);
        }
        assertEquals(Set.copyOf(desired), Set.copyOf(config.voters()));
    }
}
