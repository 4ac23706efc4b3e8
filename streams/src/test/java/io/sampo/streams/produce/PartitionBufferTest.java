package io.sampo.streams.produce;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.utils.Utils;
import org.junit.jupiter.api.Test;

/// Ten records of 90 bytes make a batch of at most 1,000 bytes, and about forty one of 4,000.
class PartitionBufferTest {
    private static final int BATCH_SIZE = 1_000;
    private static final int BACKLOG_BATCH_SIZE = 4_000;
    private static final int MEMORY = 100_000;
    private static final long LINGER_MS = 5;

    private final BufferMemory memory = new BufferMemory(MEMORY);
    private final BatchSizes sizes = new BatchSizes(BATCH_SIZE, BACKLOG_BATCH_SIZE);
    private final PartitionBuffer buffer = new PartitionBuffer(
            new TopicPartition("t", 0),
            new RecordBatch.Origin(Compression.NONE, memory, new OpenWork()),
            sizes,
            LINGER_MS,
            () -> 0,
            () -> false);
    private final List<String> told = new ArrayList<>();
    private int appended;

    @Test
    void batchesBehindABacklogAreLarger() {
        append(200);
        List<Integer> bytes = new ArrayList<>();
        List<RecordBatch> batches = takeAll();
        batches.forEach(batch -> bytes.add(batch.records(null, -1).sizeInBytes()));
        for (int index = 0; index < BatchSizes.BACKLOG_BATCHES; index++) {
            assertTrue(bytes.get(index) <= BATCH_SIZE, bytes.toString());
        }
        for (int index = BatchSizes.BACKLOG_BATCHES; index < bytes.size() - 1; index++) {
            assertTrue(bytes.get(index) > BACKLOG_BATCH_SIZE * 3 / 4, bytes.toString());
            assertTrue(bytes.get(index) <= BACKLOG_BATCH_SIZE, bytes.toString());
        }
        batches.forEach(batch -> batch.complete(new BatchOutcome.Acknowledged(0, -1)));
        assertEquals(200, told.size());
        assertEquals(MEMORY, memory.freeBytes());
    }

    @Test
    void whoeverKeepsUpSendsWhatBatchSizeSays() {
        for (int batch = 0; batch < 20; batch++) {
            append(10);
            takeAll()
                    .forEach(each ->
                            assertTrue(each.records(null, -1).sizeInBytes() <= BATCH_SIZE, "batch.size is the limit"));
        }
    }

    @Test
    void aLargeBatchThatHasBatchSizeDoesNotLinger() {
        append(35);
        while (buffer.readyAtMs() == Long.MIN_VALUE) {
            buffer.take();
        }
        // What is left has less than batch.size, and room for four times that.
        assertEquals(LINGER_MS, buffer.readyAtMs());
        PartitionBuffer.Appended last = PartitionBuffer.Appended.DONE;
        int more = 0;
        while (last == PartitionBuffer.Appended.DONE) {
            assertEquals(LINGER_MS, buffer.readyAtMs());
            last = append();
            more++;
        }
        assertEquals(PartitionBuffer.Appended.READY, last, "the sender is told");
        assertEquals(Long.MIN_VALUE, buffer.readyAtMs());
        assertTrue(more < 15, more + " more records of 90 bytes");
        int sizeBytes = buffer.take().records(null, -1).sizeInBytes();
        assertTrue(sizeBytes >= BATCH_SIZE && sizeBytes < BATCH_SIZE + 100, sizeBytes + " bytes");
    }

    @Test
    void aLargeBatchThatABrokerFindsTooLargeIsTheLastLargeOne() {
        append(200);
        List<RecordBatch> batches = takeAll();
        RecordBatch large = batches.get(BatchSizes.BACKLOG_BATCHES);
        large.records(null, -1);
        large.split();
        append(100);
        takeAll().forEach(each -> assertTrue(each.records(null, -1).sizeInBytes() <= BATCH_SIZE));
    }

    @Test
    void aBatchOfOrdinarySizeThatIsTooLargeSaysNothingOfLargeOnes() {
        sizes.tooLarge(BATCH_SIZE);
        assertEquals(BACKLOG_BATCH_SIZE, sizes.nextBytes(BatchSizes.BACKLOG_BATCHES));
    }

    private void append(int records) {
        for (int each = 0; each < records; each++) {
            append();
        }
    }

    private PartitionBuffer.Appended append() {
        String name = Integer.toString(appended++);
        return buffer.append(
                0,
                null,
                Utils.utf8(name + "v".repeat(85 - name.length())),
                new Header[0],
                new SendOutcome() {
                    @Override
                    public void sent(TopicPartition partition, long offset, long timestampMs) {
                        told.add(name);
                    }

                    @Override
                    public void failed(Throwable failure) {
                        throw new AssertionError(failure);
                    }
                },
                160,
                true,
                false);
    }

    private List<RecordBatch> takeAll() {
        List<RecordBatch> taken = new ArrayList<>();
        while (buffer.readyAtMs() != BatchSupply.NEVER) {
            taken.add(buffer.take());
        }
        return taken;
    }
}
