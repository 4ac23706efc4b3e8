package io.sampo.persistence.log;

import static io.sampo.persistence.log.LogFixture.batch;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.partition.LogSettings;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.ReplicaEvent.Checkpoint;
import io.sampo.core.partition.VoterSet;
import java.nio.file.Path;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// How long it takes to open many partitions, and what an idle one costs. Sizes by `-Dsampo.partitions=2000` and
/// `-Dsampo.mebibytes=10240`.
@Tag("long")
class OpenManyPartitionsTest {
    private static final int PARTITIONS = Integer.getInteger("sampo.partitions", 200);
    private static final int MEBIBYTES = Integer.getInteger("sampo.mebibytes", 200);
    private static final LogSettings SETTINGS = LogFixture.settings(64 << 20, 4096);

    @Test
    void openingIsAMatterOfSecondsAndIdlePartitionsAreCheap(@TempDir Path path) {
        DataDirectory directory = DataDirectory.open(path, 1);
        FilePartitionLogs logs = new FilePartitionLogs(directory, LogStoreSettings.DEFAULTS);
        long created = System.nanoTime();
        fill(directory, logs);
        report("created and filled", created);
        logs.close();
        directory.close();

        long before = usedHeap();
        DataDirectory again = DataDirectory.open(path, 1);
        long started = System.nanoTime();
        FilePartitionLogs reopened = new FilePartitionLogs(again, LogStoreSettings.DEFAULTS);
        for (int i = 0; i < PARTITIONS; i++) {
            reopened.register(id(i), "many", SETTINGS);
            assertTrue(reopened.open(id(i)).logEndOffset() > 0);
        }
        report("opened", started);
        assertEquals(0, reopened.openFileCount());
        long perPartition = (usedHeap() - before) / PARTITIONS;
        System.out.println("heap per idle partition: " + perPartition + " bytes");
        assertTrue(perPartition < 32 * 1024);
        assertTrue(System.nanoTime() - started < 20_000_000_000L);
        reopened.close();
        again.close();
    }

    private static void fill(DataDirectory directory, FilePartitionLogs logs) {
        int batches = Math.max(1, (int) ((long) MEBIBYTES * 64 / PARTITIONS));
        byte[] value = new byte[16 * 1024 - 80];
        for (int i = 0; i < PARTITIONS; i++) {
            logs.register(id(i), "many", SETTINGS);
            FilePartitionLog log = logs.open(id(i));
            for (int j = 0; j < batches; j++) {
                log.append(j + 1, List.of(batch(j, 0, new SimpleRecord(j, value))));
            }
            log.writeCheckpoint(new StoredCheckpoint(
                    batches,
                    0,
                    new Checkpoint(
                            "many",
                            id(i),
                            directory.self(),
                            VoterSet.single(directory.self()),
                            1,
                            "",
                            0,
                            0,
                            batches,
                            batches,
                            false,
                            List.of(),
                            List.of())));
        }
    }

    private static PartitionId id(int i) {
        return new PartitionId(new Uuid(1, 2), i);
    }

    private static void report(String what, long sinceNanos) {
        System.out.printf(
                "%s %d partitions, %d MiB in %d ms%n",
                what, PARTITIONS, MEBIBYTES, (System.nanoTime() - sinceNanos) / 1_000_000);
    }

    private static long usedHeap() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
}
