package io.sampo.core.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ReplicaProgressTest {

    private static VoterSet voters(Integer... nodes) {
        return new VoterSet(Stream.of(nodes).map(QuorumCluster::id).toList(), List.of());
    }

    private static ReplicaProgress progress(long startOffset, VoterSet config, @Nullable VoterSet previous) {
        return new ReplicaProgress(startOffset, config, previous, Mutations.NONE);
    }

    @Test
    void theFirstCommitOfAnotherConfigurationNeedsTheOldMajorityToo() {
        ReplicaProgress progress = progress(10, voters(1, 2, 3, 4), voters(1, 2, 3));
        progress.matched(QuorumCluster.id(1), 12);
        progress.matched(QuorumCluster.id(4), 12);
        assertEquals(-1, progress.committedOffset(1), "two of four, one of three");
        progress.matched(QuorumCluster.id(2), 11);
        assertEquals(11, progress.committedOffset(1));
    }

    @Test
    void afterwardsTheNewConfigurationDecidesAlone() {
        ReplicaProgress progress = progress(10, voters(1, 2), voters(1, 2, 3));
        progress.matched(QuorumCluster.id(1), 12);
        progress.matched(QuorumCluster.id(3), 12);
        assertEquals(-1, progress.committedOffset(1), "a majority of the old one only");
        progress.matched(QuorumCluster.id(2), 10);
        assertEquals(10, progress.committedOffset(1));
        progress.configCommitted();
        progress.matched(QuorumCluster.id(2), 12);
        assertEquals(12, progress.committedOffset(1));
    }

    @Test
    void aMarkerIsSettledByMajoritiesWhateverMinInSyncReplicasSays() {
        ReplicaProgress progress = progress(10, voters(1, 2, 3, 4), voters(1, 2, 3));
        progress.matched(QuorumCluster.id(1), 10);
        progress.matched(QuorumCluster.id(4), 10);
        progress.matched(QuorumCluster.id(3), 9);
        assertFalse(progress.isMarkerSettled());
        progress.matched(QuorumCluster.id(2), 10);
        assertTrue(progress.isMarkerSettled());
        assertEquals(-1, progress.committedOffset(4));
    }

    @Test
    void whoBeganAnotherLifeDoesNotCountUntilItIsHeardAgain() {
        ReplicaProgress progress = progress(0, voters(1, 2, 3), null);
        progress.matched(QuorumCluster.id(1), 5);
        progress.matched(QuorumCluster.id(2), 5);
        assertEquals(5, progress.committedOffset(1));
        progress.forget(QuorumCluster.id(2));
        assertEquals(-1, progress.committedOffset(1));
    }

    @Test
    void strangersAndLearnersDoNotCount() {
        ReplicaProgress progress = progress(0, voters(1, 2, 3), null);

        assertFalse(progress.counts(QuorumCluster.id(4)));
        assertThrows(Invariant.Violated.class, () -> progress.matched(QuorumCluster.id(4), 5));
    }

    /// The judge tries every offset.
    @Property(tries = 500)
    void agreesWithAJudgeThatTriesEveryOffset(@ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int n = 1 + random.nextInt(6);
        List<ReplicaId> ids = new ArrayList<>();
        for (int node = 1; node <= n; node++) {
            ids.add(QuorumCluster.id(node));
        }
        VoterSet config = new VoterSet(ids, List.of());
        VoterSet previous = switch (random.nextInt(3)) {
            case 0 -> null;
            case 1 -> config.with(QuorumCluster.id(9));
            default -> n > 1 ? config.without(ids.get(random.nextInt(n))) : null;
        };
        long start = random.nextInt(5);
        int minInSync = 1 + random.nextInt(4);
        ReplicaProgress progress = progress(start, config, previous);
        List<ReplicaId> all = previous == null ? ids : ReplicaState.union(ids, previous.voters());
        for (ReplicaId id : all) {
            if (random.nextInt(4) > 0) {
                progress.matched(id, random.nextInt(10));
            }
        }

        long expected = -1;
        for (long offset = start; offset <= 10; offset++) {
            boolean enough = holders(progress, config, offset) >= Math.max(n / 2 + 1, Math.min(minInSync, n));
            boolean enoughBefore = previous == null
                    || 2 * holders(progress, previous, offset)
                            > previous.voters().size();
            if (enough && enoughBefore) {
                expected = offset;
            }
        }
        assertEquals(expected, progress.committedOffset(minInSync));
    }

    private static int holders(ReplicaProgress progress, VoterSet config, long offset) {
        return (int) config.voters().stream()
                .filter(voter -> progress.matchOffset(voter) >= offset)
                .count();
    }
}
