package io.sampo.actors.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.actors.cluster.NodeMessage.Leaders;
import io.sampo.actors.cluster.NodeMessage.LeadersChanged;
import io.sampo.actors.partition.LeaderBoard;
import io.sampo.core.metadata.LeaderView.Leadership;
import io.sampo.core.partition.PartitionId;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

class LeaderNewsTest {
    private static final Uuid TOPIC = Uuid.randomUuid();

    private final LeaderBoard boardOf1 = new LeaderBoard(1);
    private final LeaderBoard boardOf2 = new LeaderBoard(2);
    private int changes;
    private final LeaderNews of1 = new LeaderNews(1, boardOf1, 1_000, () -> changes++);
    private final LeaderNews of2 = new LeaderNews(2, boardOf2, 2_000, () -> {});

    private static PartitionId partition(int index) {
        return new PartitionId(TOPIC, index);
    }

    private void lead(int partition, int leaderEpoch) {
        Leadership leadership = new Leadership(1, leaderEpoch, List.of(1, 2), List.of(3));
        boardOf1.heard(partition(partition), leadership);
        of1.leads(partition(partition), leadership);
    }

    private Optional<Integer> epochAt2(int partition) {
        return boardOf2.leadership(partition(partition)).map(Leadership::leaderEpoch);
    }

    private void bring2UpToDate() {
        of1.all().forEach(of2::heard);
    }

    @Test
    void changesArriveInOrderOnceTheWholeIsKnown() {
        bring2UpToDate();
        lead(0, 3);
        lead(1, 4);
        List<LeadersChanged> news = of1.take();
        assertEquals(1, news.size(), "gathered");
        assertTrue(of2.heard(news.getFirst()));
        assertEquals(Optional.of(3), epochAt2(0));
        assertEquals(List.of(3), boardOf2.leadership(partition(1)).orElseThrow().offlineReplicas());
        assertTrue(of2.isUpToDate(1, of1.version()));

        of1.leadsNoMore(partition(0), 3);
        assertTrue(of2.heard(of1.take().getFirst()));
        assertEquals(Optional.empty(), epochAt2(0));
    }

    @Test
    void whoMissesSomethingNoticesAndGetsAll() {
        bring2UpToDate();
        lead(0, 1);
        of1.take();
        lead(1, 1);
        assertFalse(of2.heard(of1.take().getFirst()), "the first news was lost");
        assertEquals(Optional.of(1), epochAt2(1), "what is known is used");
        assertFalse(of2.isUpToDate(1, of1.version()));
        bring2UpToDate();
        assertEquals(Optional.of(1), epochAt2(0));
        assertTrue(of2.isUpToDate(1, of1.version()));
    }

    @Test
    void allComesInPartsAndCountsWhenTheLastIsThere() {
        for (int i = 0; i < LeaderNews.MAX_ENTRIES + 1; i++) {
            lead(i, 1);
        }
        List<Leaders> parts = of1.all();
        assertEquals(2, parts.size());
        of2.heard(parts.getLast());
        of2.heard(parts.getLast());
        assertEquals(Optional.empty(), epochAt2(0));
        of2.heard(parts.getFirst());
        assertEquals(Optional.of(1), epochAt2(0));
        assertEquals(Optional.of(1), epochAt2(LeaderNews.MAX_ENTRIES));
    }

    @Test
    void anotherNodesLaterLeadershipIsNotRemovedByOldNews() {
        bring2UpToDate();
        lead(0, 1);
        assertTrue(of2.heard(of1.take().getFirst()));
        boardOf2.heard(partition(0), new Leadership(3, 2, List.of(3), List.of()));
        of1.leadsNoMore(partition(0), 1);
        of2.heard(of1.take().getFirst());
        assertEquals(Optional.of(2), epochAt2(0));
        lead(0, 1);
        of2.heard(of1.take().getFirst());
        assertEquals(Optional.of(2), epochAt2(0), "the highest epoch wins");
    }

    @Test
    void whatALostNodeLedIsForgottenUntilItSpeaksAgain() {
        bring2UpToDate();
        lead(0, 1);
        of2.heard(of1.take().getFirst());
        of2.lost(1);
        assertEquals(Optional.empty(), epochAt2(0));
        assertFalse(of2.isUpToDate(1, of1.version()));
        bring2UpToDate();
        assertEquals(Optional.of(1), epochAt2(0));
    }

    @Test
    void onlyTheFirstChangeAsksToBeTaken() {
        lead(0, 1);
        lead(1, 1);
        assertEquals(1, changes);
        of1.take();
        lead(2, 1);
        assertEquals(2, changes);
    }
}
