package io.sampo.streams.produce;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.utils.Utils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RecordBatchTest {
    private static final TopicPartition PARTITION = new TopicPartition("t", 0);
    private final BufferMemory memory = new BufferMemory(100_000);
    private final OpenWork work = new OpenWork();
    private final BatchSizes sizes = new BatchSizes(4_000, 4_000);
    private final List<String> told = new ArrayList<>();

    @ParameterizedTest
    @EnumSource(CompressionType.class)
    void whatWentInComesOut(CompressionType codec) {
        RecordBatch batch = batch(Compression.of(codec).build());
        fill(batch);
        MemoryRecords records = batch.records(new ProducerIdentity(4, (short) 2), 17);
        MutableRecordBatch read = records.batches().iterator().next();
        read.ensureValid();
        assertEquals(4, read.producerId());
        assertEquals(2, read.producerEpoch());
        assertEquals(17, read.baseSequence());
        assertEquals(codec, read.compressionType());
        check(records);
    }

    @ParameterizedTest
    @EnumSource(CompressionType.class)
    void numberedAnewItIsAnotherBufferWithTheSameRecords(CompressionType codec) {
        RecordBatch batch = batch(Compression.of(codec).build());
        fill(batch);
        MemoryRecords first = batch.records(new ProducerIdentity(4, (short) 2), 17);
        assertSame(first, batch.records(new ProducerIdentity(4, (short) 2), 17));
        MemoryRecords second = batch.records(new ProducerIdentity(5, (short) 0), 0);
        assertNotSame(first.buffer().array(), second.buffer().array());
        MutableRecordBatch read = second.batches().iterator().next();
        read.ensureValid();
        first.batches().iterator().next().ensureValid();
        assertEquals(17, first.batches().iterator().next().baseSequence());
        assertEquals(5, read.producerId());
        assertEquals(0, read.baseSequence());
        assertEquals(1_049, read.maxTimestamp());
        check(second);
    }

    @Test
    void halvesHaveAllRecordsAndTellTheSameCallers() {
        RecordBatch batch = batch(Compression.lz4().build());
        fill(batch);
        batch.records(null, -1);
        List<BatchContent> halves = batch.split();
        assertEquals(2, halves.size());
        assertEquals(25, halves.get(0).recordCount());
        assertTrue(told.isEmpty());
        assertFalse(work.whenEnded().toCompletableFuture().isDone());
        ((RecordBatch) halves.get(0)).records(null, -1);
        ((RecordBatch) halves.get(0)).complete(new BatchOutcome.Acknowledged(100, -1));
        ((RecordBatch) halves.get(1)).complete(new BatchOutcome.Acknowledged(125, 5));
        assertEquals("0@100/1000", told.getFirst());
        assertEquals("25@125/5", told.get(25));
        assertEquals("49@149/5", told.getLast());
        assertEquals(100_000, memory.freeBytes());
        assertTrue(work.whenEnded().toCompletableFuture().isDone());
    }

    @Test
    void whoeverHearsOfARecordFindsRoomForTheNext() {
        RecordBatch batch = batch(Compression.NONE);
        List<Long> free = new ArrayList<>();
        SendOutcome.Future outcome = new SendOutcome.Future();
        var _ = outcome.thenRun(() -> free.add(memory.freeBytes()));
        assertTrue(batch.append(0, null, bytes("v"), new Header[0], outcome));
        batch.complete(new BatchOutcome.Acknowledged(0, -1));
        assertEquals(List.of(100_000L), free);
    }

    @Test
    void aFullBatchTakesNoMore() {
        RecordBatch batch = batch(Compression.NONE);
        int count = 0;
        while (batch.append(0, null, new byte[100], new Header[0], new SendOutcome.Future())) {
            count++;
        }
        assertTrue(count >= 35 && count <= 38, count + " records of 100 bytes in 4,000");
    }

    @Test
    void batchesBecomeFullerWhenRecordsTurnOutToShrink() {
        CompressionRatio ratio = sizes.ratio();
        ratio.observed(0.1);
        for (int each = 0; each < 150; each++) {
            ratio.observed(0.1);
        }
        assertTrue(ratio.expected() < 0.3f);
        ratio.observed(0.6);
        assertEquals(0.6f, ratio.expected());
        sizes.tooLarge(4_000);
        assertEquals(1, ratio.expected());
    }

    private RecordBatch batch(Compression compression) {
        assertTrue(memory.take(4_000));
        return new RecordBatch(
                PARTITION, new RecordBatch.Origin(compression, memory, work), sizes, 4_000, 0, work.begin());
    }

    private void fill(RecordBatch batch) {
        for (int number = 0; number < 50; number++) {
            int id = number;
            Header[] headers = {new RecordHeader("h", bytes("" + number))};
            assertTrue(batch.append(
                    1_000 + number,
                    number % 2 == 0 ? null : bytes("k"),
                    bytes("v" + number),
                    headers,
                    new SendOutcome() {
                        @Override
                        public void sent(TopicPartition partition, long offset, long timestampMs) {
                            told.add(id + "@" + offset + "/" + timestampMs);
                        }

                        @Override
                        public void failed(Throwable failure) {
                            told.add(id + " failed");
                        }
                    }));
        }
    }

    private static void check(MemoryRecords records) {
        int number = 0;
        for (Record record : records.records()) {
            assertEquals("v" + number, Utils.utf8(record.value()));
            assertEquals(number % 2 == 1, record.hasKey());
            assertEquals(1_000 + number, record.timestamp());
            assertEquals("" + number, new String(record.headers()[0].value(), StandardCharsets.UTF_8));
            number++;
        }
        assertEquals(50, number);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
