package io.sampo.persistence.log;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.partition.ReplicaEvent.EpochStarted;
import io.sampo.core.partition.VoterSet;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is appended to a segment that an earlier process began reaches the disk with the next sync, whatever recovery
/// knew of that segment.
class RecoveredSegmentSyncTest {
    @TempDir
    private Path path;

    private final List<Path> forced = new ArrayList<>();

    private final FileOps files = new FileOps() {
        @Override
        public void force(FileChannel channel, Path file) throws IOException {
            FileOps.super.force(channel, file);
            forced.add(file);
        }
    };

    private static void appendsAreSynced(LogFixture fixture, List<Path> forced) throws IOException {
        for (int i = 0; i < 2; i++) {
            fixture.appendValues("after-" + i);
            forced.clear();
            fixture.log.syncLog();
            assertTrue(forced.contains(fixture.file(".log")), "sync " + i + " reached " + forced);
        }
    }

    /// The marker vouches for all in front of it, so recovery finds nothing that was not synced. (Found by a loss of
    /// power in fault run 4004: nothing that followed was synced before the segment was full.)
    @Test
    void whenTheLogEndedWithAMarkerThatVouchesForIt() throws IOException {
        try (LogFixture fixture = new LogFixture(path, LogFixture.SMALL, files, LogFixture.BOOT)) {
            fixture.appendValues("before");
            fixture.append(new EpochStarted(1, 1, fixture.directory.self(), VoterSet.single(fixture.directory.self())));
            fixture.log.syncMeta();

            fixture.reopenAfterKill();

            appendsAreSynced(fixture, forced);
        }
    }

    @Test
    void whenSomeOfItWasNotSynced() throws IOException {
        try (LogFixture fixture = new LogFixture(path, LogFixture.SMALL, files, LogFixture.BOOT)) {
            fixture.appendValues("before");

            fixture.reopenAfterKill();

            appendsAreSynced(fixture, forced);
        }
    }

    @Test
    void whenItWasClosedInOrder() throws IOException {
        try (LogFixture fixture = new LogFixture(path, LogFixture.SMALL, files, LogFixture.BOOT)) {
            fixture.appendValues("before");

            fixture.reopenAfterClose();

            appendsAreSynced(fixture, forced);
        }
    }
}
