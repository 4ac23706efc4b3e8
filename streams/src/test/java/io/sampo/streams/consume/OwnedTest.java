package io.sampo.streams.consume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class OwnedTest {
    private final List<Boolean> heard = new ArrayList<>();

    private Owned owned(long start, long committed) {
        return new Owned(new TopicPartition("orders", 1), start, committed, heard::add);
    }

    private static long due(Owned owned) {
        OffsetAndMetadata due = owned.due();
        assertNotNull(due);
        return due.offset();
    }

    @Test
    void whatIsDueFollowsTheAcknowledgementsWithoutAGap() {
        Owned owned = owned(10, 10);
        owned.delivered(10, 3, 1_000);
        owned.delivered(11, 3, 1_001);
        owned.delivered(12, 3, 1_002);
        owned.acknowledge(12);
        owned.acknowledge(11);
        assertNull(owned.due(), "10 is still out");
        assertEquals(1_000, owned.behindSinceMs(), "as long as it is");
        owned.acknowledge(10);
        assertEquals(13, due(owned));
        assertEquals(List.of(false, false, true), heard);
        owned.committed(13);
        assertNull(owned.due());
        assertEquals(1_002, owned.behindSinceMs(), "the newest that is done");
    }

    @Test
    void offsetsWithoutRecordsArePassedOver() {
        Owned owned = owned(0, -1);
        owned.delivered(0, 0, 1);
        owned.passed(5);
        assertEquals(0, owned.done());
        owned.acknowledge(0);
        assertEquals(5, due(owned));
    }

    @Test
    void whereNothingWasSeenNothingIsCommitted() {
        Owned owned = owned(0, -1);
        assertNull(owned.due(), "the group may begin at the end of the log");
        owned.passed(7);
        assertEquals(7, due(owned));
    }

    @Test
    void whatIsAcknowledgedAfterThePartitionIsLostMeansNothing() {
        Owned owned = owned(0, 0);
        owned.delivered(0, 0, 1);
        owned.delivered(1, 0, 1);
        owned.acknowledge(0);
        assertEquals(1, owned.abandon());
        owned.acknowledge(1);
        assertEquals(List.of(false), heard);
    }

    @Test
    void aSecondAcknowledgementIsNone() {
        Owned owned = owned(0, 0);
        owned.delivered(0, 0, 1);
        owned.acknowledge(0);
        owned.acknowledge(0);
        assertEquals(List.of(true), heard);
    }
}
