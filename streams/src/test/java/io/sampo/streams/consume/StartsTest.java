package io.sampo.streams.consume;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sampo.streams.Group;
import io.sampo.streams.Span;
import io.sampo.streams.fetch.StartPosition;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.junit.jupiter.api.Test;

class StartsTest {
    private static final Instant FROM = Instant.ofEpochMilli(1_000);
    private static final Instant TO = Instant.ofEpochMilli(2_000);

    @Test
    void aSpanSaysWhereEachPartitionBeginsAndEnds() {
        assertEquals(Optional.of(StartPosition.earliest()), Starts.of(Span.all(), 0, true));
        assertEquals(Optional.of(StartPosition.latest()), Starts.of(Span.fromNow(), 0, true));
        assertEquals(
                Optional.of(StartPosition.timestamp(FROM).untilTimestamp(TO)),
                Starts.of(Span.from(FROM).until(TO), 0, true));
        assertEquals(
                Optional.of(StartPosition.earliest().untilNow()),
                Starts.of(Span.all().untilNow(), 0, true));
    }

    @Test
    void onlyThePartitionsThatAreNamedAreReadFromOffsets() {
        Span span = Span.from(Map.of(1, 42L));
        assertEquals(Optional.of(StartPosition.offset(42)), Starts.of(span, 1, true));
        assertEquals(Optional.empty(), Starts.of(span, 0, true));
        assertEquals(Optional.empty(), Starts.of(span, 5, false));
    }

    @Test
    void aPartitionThatCameLaterIsReadFromItsBeginning() {
        assertEquals(Optional.of(StartPosition.earliest()), Starts.of(Span.fromNow(), 3, false));
        assertEquals(Optional.of(StartPosition.earliest()), Starts.of(Span.from(FROM), 3, false));
    }

    @Test
    void aGroupBeginsWhereItIsCommittedAndOtherwiseAsItSays() {
        Group group = Group.named("g");
        assertEquals(
                Optional.of(StartPosition.offset(42, 3)),
                Starts.of(group, Optional.of(new OffsetAndMetadata(42, Optional.of(3), ""))));
        assertEquals(Optional.of(StartPosition.offset(42)), Starts.of(group, Optional.of(new OffsetAndMetadata(42))));
        assertEquals(Optional.of(StartPosition.earliest()), Starts.of(group, Optional.empty()));
        assertEquals(
                Optional.of(StartPosition.latest()), Starts.of(group.whenNew(Group.Reset.LATEST), Optional.empty()));
        assertEquals(Optional.empty(), Starts.of(group.whenNew(Group.Reset.NONE), Optional.empty()));
    }
}
