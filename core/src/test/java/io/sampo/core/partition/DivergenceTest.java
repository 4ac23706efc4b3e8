package io.sampo.core.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.partition.ReplicaEvent.TruncateIntent;
import io.sampo.core.partition.ReplicaMessage.DivergingEpoch;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DivergenceTest {
    private static final List<EpochStart> LEADER =
            List.of(new EpochStart(1, 0), new EpochStart(3, 10), new EpochStart(6, 20));

    @ParameterizedTest
    @CsvSource({
        // follower's last epoch, log end -> fits, diverging epoch, end
        "-1, 0, true, 0, 0",
        "1, 0, true, 0, 0",
        "1, 10, true, 0, 0",
        "1, 11, false, 1, 10",
        "2, 10, false, 1, 10",
        "3, 10, true, 0, 0",
        "3, 20, true, 0, 0",
        "3, 25, false, 3, 20",
        "5, 18, false, 3, 20",
        "6, 30, true, 0, 0",
        "6, 31, false, 6, 30",
        "7, 20, false, 6, 30",
    })
    void theLeaderTellsWhereTheLogsPart(int lastEpoch, long logEnd, boolean fits, int epoch, long end) {
        DivergingEpoch found = Divergence.find(LEADER, 30, new LogKey(lastEpoch, logEnd));

        assertEquals(fits ? null : new DivergingEpoch(epoch, end), found);
    }

    @ParameterizedTest
    @CsvSource({
        // log start, follower's last epoch, log end -> begins anew
        "0, -1, 0, false",
        "0, 0, 7, false",
        "5, 1, 4, true",
        "5, 1, 5, false",
        "5, 0, 9, true",
        "20, 6, 20, false",
    })
    void aLogThatCannotBeComparedBeginsAnew(long logStart, int lastEpoch, long logEnd, boolean anew) {
        assertEquals(anew, Divergence.isBeforeLogStart(LEADER, logStart, new LogKey(lastEpoch, logEnd)));
    }

    @Test
    void theFollowerCutsToTheSmallestOfTheThree() {
        List<EpochStart> follower = List.of(new EpochStart(1, 0), new EpochStart(2, 5), new EpochStart(4, 8));

        // its own epoch 2 begins at 5
        assertEquals(new TruncateIntent(5, 1, 9), Divergence.truncation(follower, 12, new DivergingEpoch(1, 7), 9));
        // the leader's epoch 1 ends at 3
        assertEquals(new TruncateIntent(3, 1, 9), Divergence.truncation(follower, 12, new DivergingEpoch(1, 3), 9));
        // its own log is shorter than what the leader says
        assertEquals(new TruncateIntent(12, 4, 9), Divergence.truncation(follower, 12, new DivergingEpoch(4, 20), 9));
    }

    @Test
    void aMarkerBeyondTheNewEndGoesAlthoughItsEpochMayStay() {
        TruncateIntent intent = new TruncateIntent(10, 4, 9);

        assertTrue(Divergence.drops(intent, new EpochStart(5, 3)), "epoch too high");
        assertTrue(Divergence.drops(intent, new EpochStart(4, 11)), "beyond the end");
        assertFalse(Divergence.drops(intent, new EpochStart(4, 10)));
    }

    /// A log as it is: for each offset the epoch that wrote it, and markers between offsets.
    private record Log(List<Integer> epochs, List<EpochStart> markers) {
        LogKey key() {
            return new LogKey(markers.isEmpty() ? -1 : markers.getLast().leaderEpoch(), epochs.size());
        }

        boolean isPrefixOf(Log other) {
            return other.epochs.size() >= epochs.size()
                    && other.epochs.subList(0, epochs.size()).equals(epochs)
                    && other.markers.size() >= markers.size()
                    && other.markers.subList(0, markers.size()).equals(markers)
                    && other.markers.stream()
                            .skip(markers.size())
                            .allMatch(marker ->
                                    marker.startOffset() >= epochs.size() || marker.leaderEpoch() > key().lastEpoch());
        }

        Log cut(TruncateIntent intent) {
            List<EpochStart> kept = markers.stream()
                    .filter(marker -> !Divergence.drops(intent, marker))
                    .toList();
            return new Log(epochs.subList(0, (int) intent.toOffset()), kept);
        }
    }

    /// Two histories of leaders that share a beginning, as terms in a quorum do: an epoch is in both logs
    /// only with the same start.
    @Property(tries = 500)
    void cuttingEndsInAPrefixOfTheLeadersLogAndLosesNothingThatBothHave(@ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Integer> epochs = new ArrayList<>();
        List<EpochStart> markers = new ArrayList<>();
        int epoch = grow(random, epochs, markers, 0, 1 + random.nextInt(3), 1);
        int common = epochs.size();
        Log follower = branch(random, epochs, markers, epoch, 0);
        Log leader = branch(random, epochs, markers, epoch, 1);
        if (leader.key().lastEpoch() < follower.key().lastEpoch()) {
            Log swap = leader;
            leader = follower;
            follower = swap;
        }

        Log now = follower;
        int rounds = 0;
        while (rounds++ < 20) {
            @Nullable DivergingEpoch diverging = Divergence.find(leader.markers, leader.epochs.size(), now.key());
            if (diverging == null) {
                break;
            }
            Log cut = now.cut(Divergence.truncation(now.markers, now.epochs.size(), diverging, 99));
            assertTrue(cut.epochs.size() < now.epochs.size() || cut.markers.size() < now.markers.size(), "no progress");
            now = cut;
        }

        assertNull(Divergence.find(leader.markers, leader.epochs.size(), now.key()));
        assertTrue(now.isPrefixOf(leader), now + " and " + leader);
        assertTrue(now.epochs.size() >= Math.min(common, follower.epochs.size()), "lost what both have");
    }

    /// @param parity even or odd epochs, so that the branches share none
    private static Log branch(
            SplittableRandom random, List<Integer> epochs, List<EpochStart> markers, int epoch, int parity) {
        List<Integer> ownEpochs = new ArrayList<>(epochs);
        List<EpochStart> ownMarkers = new ArrayList<>(markers);
        int first = epoch + 1 + ((epoch + 1 + parity) & 1);
        grow(random, ownEpochs, ownMarkers, first - 1, random.nextInt(4), 2);
        return new Log(ownEpochs, ownMarkers);
    }

    private static int grow(
            SplittableRandom random,
            List<Integer> epochs,
            List<EpochStart> markers,
            int lastEpoch,
            int terms,
            int epochStep) {
        int epoch = lastEpoch - epochStep + 1;
        int last = lastEpoch;
        for (int term = 0; term < terms; term++) {
            epoch += epochStep;
            markers.add(new EpochStart(epoch, epochs.size()));
            for (int i = random.nextInt(4); i > 0; i--) {
                epochs.add(epoch);
            }
            last = epoch;
        }
        return last;
    }
}
