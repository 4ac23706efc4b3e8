package io.sampo.persistence.log;

import static io.sampo.persistence.log.LogFixture.ID;
import static io.sampo.persistence.log.LogFixture.batch;
import static io.sampo.persistence.log.LogFixture.record;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.partition.PartitionLogException;
import io.sampo.core.partition.PartitionLogs.DiskSpace;
import io.sampo.core.partition.ReplicaEvent.EpochPromised;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskReserveTest {
    @TempDir
    private Path path;

    private static final class SmallDisk implements FileOps {
        private volatile long usable = 1000;

        @Override
        public DiskSpace space(Path directory) {
            return new DiskSpace(10_000, usable);
        }
    }

    @Test
    void aFullDiskTakesEventsButNoBatchesAndIsReadOn() throws IOException {
        SmallDisk disk = new SmallDisk();
        try (LogFixture fixture = new LogFixture(path, LogFixture.SMALL, disk, LogFixture.BOOT)) {
            fixture.appendValues("value-0");
            disk.usable = 499;
            fixture.logs.lookAtDisk();
            PartitionLogException refused =
                    assertThrows(PartitionLogException.class, () -> fixture.appendValues("value-1"));
            assertTrue(String.valueOf(refused.getMessage()).contains("no space is left"), refused.getMessage());
            assertTrue(refused.getCause() instanceof java.io.IOException, "so it is tried again: " + refused);
            assertThrows(
                    PartitionLogException.class,
                    () -> fixture.append(
                            new EpochPromised(8, fixture.directory.self()), batch(1, 0, record(1, "value-1"))));
            fixture.append(new EpochPromised(9, fixture.directory.self()));
            fixture.log.syncMeta();
            assertEquals(Optional.empty(), fixture.logs.offlineReason(ID));
            assertEquals(1, fixture.readAll().size());
            disk.usable = 500;
            fixture.logs.lookAtDisk();
            fixture.appendValues("value-1");
            fixture.reopenAfterKill();
            assertEquals(2, fixture.readAll().size());
            assertEquals(3, fixture.log.highestSequenceNr());
        }
    }

    @Test
    void aLargeDiskKeepsNoMoreThanAGibibyte() {
        assertEquals(DiskReserve.MOST_BYTES, DiskReserve.reservedBytes(1L << 40, 95));
        assertEquals(5_000_000, DiskReserve.reservedBytes(100_000_000, 95));
        DiskReserve off = new DiskReserve(100);
        off.look(new DiskSpace(100, 0));
        assertNull(off.refusal());
    }
}
