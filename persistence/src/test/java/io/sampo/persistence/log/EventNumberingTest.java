package io.sampo.persistence.log;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sampo.core.partition.BatchHeader;
import io.sampo.core.partition.ReplicaEvent;
import io.sampo.core.partition.ReplicaEvent.BatchAppended;
import io.sampo.core.partition.ReplicaEvent.EpochStarted;
import io.sampo.core.partition.ReplicaEvent.Opened;
import io.sampo.core.partition.ReplicaId;
import io.sampo.core.partition.VoterSet;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

class EventNumberingTest {
    private static final ReplicaId SELF = new ReplicaId(1, new Uuid(1, 2));

    private static BatchHeader batch(long from, long to, int leaderEpoch) {
        return new BatchHeader(from, to, leaderEpoch, -1, (short) -1, -1, 1_000, 100, false, false);
    }

    private static MetaRecord record(long metaNr, long sequenceNr, long logEndOffset, ReplicaEvent event) {
        return new MetaRecord(metaNr, sequenceNr, logEndOffset, event, ReplicaEventCodec.kindOf(event));
    }

    /// A machine crash took the tail up to offset 10; the log grew again, with a marker where records had been.
    @Test
    void anEventBehindALostTailDoesNotHoldBackLaterOnes() {
        List<MetaRecord> controls = List.of(
                record(1, 10, 10, new Opened(1, "boot-1")),
                record(2, 11, 4, new Opened(2, "boot-2")),
                record(3, 13, 6, new EpochStarted(1, 6, SELF, VoterSet.single(SELF))));
        List<ReplicaEvent> visited = new ArrayList<>();
        EventNumbering numbering = new EventNumbering(controls, 0, (_, event) -> visited.add(event));
        numbering.batch(batch(0, 3, 0));
        numbering.batch(batch(4, 5, 0));
        numbering.batch(batch(6, 7, 1));
        numbering.finish();

        assertEquals(
                List.of("Batch 0", "Opened", "Opened", "Batch 4", "EpochStarted", "Batch 6"),
                visited.stream().map(EventNumberingTest::name).toList());
    }

    private static String name(ReplicaEvent event) {
        return event instanceof BatchAppended appended
                ? "Batch " + appended.header().baseOffset()
                : event.getClass().getSimpleName();
    }
}
