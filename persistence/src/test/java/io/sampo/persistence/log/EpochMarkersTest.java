package io.sampo.persistence.log;

import static io.sampo.persistence.log.LogFixture.batch;
import static io.sampo.persistence.log.LogFixture.record;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sampo.core.partition.EpochStart;
import io.sampo.core.partition.ReplicaEvent.Checkpoint;
import io.sampo.core.partition.ReplicaEvent.EpochStarted;
import io.sampo.core.partition.ReplicaEvent.LogStartAdvanced;
import io.sampo.core.partition.VoterSet;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Markers of leader epochs whose records are all below the log start go with the next checkpoint.
class EpochMarkersTest {
    @TempDir
    private Path path;

    private LogFixture fixture;

    /// Epoch e from offset 10 * e on, ten records of it in batches of one.
    @BeforeEach
    void fillFourEpochs() {
        fixture = new LogFixture(path, LogFixture.SMALL);
        for (int epoch = 0; epoch < 4; epoch++) {
            fixture.append(new EpochStarted(
                    epoch, 10L * epoch, fixture.directory.self(), VoterSet.single(fixture.directory.self())));
            for (int i = 0; i < 10; i++) {
                long offset = fixture.log.logEndOffset();
                fixture.append(batch(offset, epoch, record(offset, "value-" + offset)));
            }
        }
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    /// As a replica writes it.
    private void checkpoint() {
        Checkpoint checkpoint = fixture.checkpoint(
                fixture.log.logEndOffset(),
                EpochStart.prunedTo(fixture.log.logStartOffset(), fixture.log.epochStarts()));
        fixture.log.writeCheckpoint(new StoredCheckpoint(fixture.log.highestSequenceNr(), 1000, checkpoint));
    }

    @Test
    void markersBelowTheLogStartGoWithTheCheckpointAndStayGone() throws IOException {
        fixture.append(new LogStartAdvanced(25));
        assertEquals(4, fixture.log.epochStarts().size());

        checkpoint();

        List<EpochStart> pruned = List.of(new EpochStart(2, 25), new EpochStart(3, 30));
        assertEquals(pruned, fixture.log.epochStarts());
        fixture.reopenAfterKill();
        assertEquals(pruned, fixture.log.epochStarts());
        assertEquals(15, fixture.readAll().size());
        assertEquals("25:value-25", fixture.readAll().getFirst());
    }

    /// The only checkpoint is set back to the first batch, which lies below the log start and its markers.
    @Test
    void aTruncationThatSetsThePrunedCheckpointBackStillRecovers() throws IOException {
        fixture.append(new LogStartAdvanced(25));
        checkpoint();
        fixture.truncate(35, 3);
        fixture.reopenAfterKill();

        assertEquals(35, fixture.log.logEndOffset());
        assertEquals(25, fixture.log.logStartOffset());
        assertEquals(List.of(new EpochStart(2, 25), new EpochStart(3, 30)), fixture.log.epochStarts());
        assertEquals(10, fixture.readAll().size());
    }
}
