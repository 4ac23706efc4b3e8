package io.sampo.streams.fetch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.FetchMetadata;
import org.apache.kafka.common.requests.FetchRequest.PartitionData;
import org.junit.jupiter.api.Test;

class FetchSessionTest {
    private static final TopicPartition P0 = new TopicPartition("t", 0);
    private static final TopicPartition P1 = new TopicPartition("t", 1);
    private static final Uuid ID = new Uuid(1, 1);

    private final FetchSession session = new FetchSession();

    private static PartitionData at(Uuid id, long offset) {
        return new PartitionData(id, offset, -1, 100, Optional.empty());
    }

    private static Map<TopicPartition, PartitionData> both(long offset0, long offset1) {
        Map<TopicPartition, PartitionData> wanted = new LinkedHashMap<>();
        wanted.put(P0, at(ID, offset0));
        wanted.put(P1, at(ID, offset1));
        return wanted;
    }

    @Test
    void onlyChangesAreSentInASession() {
        assertEquals(FetchMetadata.INITIAL, session.next(both(0, 0)).metadata());
        assertTrue(session.answered(Errors.NONE, 42));
        FetchSession.Request second = session.next(both(0, 5));
        assertEquals(new FetchMetadata(42, 1), second.metadata());
        assertEquals(Set.of(P1), second.send().keySet());
        session.answered(Errors.NONE, 42);
        FetchSession.Request third = session.next(Map.of(P1, at(ID, 5)));
        assertEquals(new FetchMetadata(42, 2), third.metadata());
        assertEquals(Map.of(), third.send());
        assertEquals(List.of(new TopicIdPartition(ID, P0)), third.forget());
    }

    @Test
    void withoutASessionEveryRequestIsFull() {
        session.next(both(0, 0));
        session.answered(Errors.NONE, 0);
        FetchSession.Request second = session.next(both(0, 0));
        assertEquals(FetchMetadata.INITIAL, second.metadata());
        assertEquals(Set.of(P0, P1), second.send().keySet());
    }

    @Test
    void anUnknownSessionIsBegunAnew() {
        session.next(both(0, 0));
        session.answered(Errors.NONE, 42);
        session.next(both(0, 0));
        assertFalse(session.answered(Errors.FETCH_SESSION_ID_NOT_FOUND, 0));
        FetchSession.Request next = session.next(both(0, 0));
        assertEquals(FetchMetadata.INITIAL, next.metadata());
        assertEquals(Set.of(P0, P1), next.send().keySet());
    }

    @Test
    void aWrongEpochOrALostAnswerReplacesTheSession() {
        session.next(both(0, 0));
        session.answered(Errors.NONE, 42);
        session.next(both(0, 0));
        assertFalse(session.answered(Errors.INVALID_FETCH_SESSION_EPOCH, 0));
        assertEquals(new FetchMetadata(42, 0), session.next(both(0, 0)).metadata());
        session.lost();
        assertEquals(new FetchMetadata(42, 0), session.next(both(0, 0)).metadata());
    }

    @Test
    void aTopicThatWasCreatedAnewNeedsANewSession() {
        session.next(both(0, 0));
        session.answered(Errors.NONE, 42);
        Uuid other = new Uuid(2, 2);
        FetchSession.Request next = session.next(Map.of(P0, at(other, 0)));
        assertEquals(new FetchMetadata(42, 0), next.metadata());
        assertEquals(Set.of(P0), next.send().keySet());
    }

    @Test
    void farewellEndsTheSessionIfThereIsOne() {
        assertEquals(Optional.empty(), session.farewell());
        session.next(both(0, 0));
        session.answered(Errors.NONE, 42);
        assertEquals(Optional.of(new FetchMetadata(42, -1)), session.farewell());
    }
}
