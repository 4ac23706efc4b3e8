package io.sampo.core.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.sampo.core.partition.ReplicaEvent.BatchAppended;
import io.sampo.core.partition.ReplicaMessage.FetchReply;
import io.sampo.core.partition.ReplicaMessage.TailMessage;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class ReplicaEnvelopeCodecTest {
    private static final int KIND_AT = 1;
    private static final int PARTITION_AT = 2 + 16;
    /// Objects are larger than their bytes: references, headers, copies of lists.
    private static final int OBJECTS_PER_BYTE = 20;

    private static final int ALLOCATED_FOR_ANY_INPUT = 16 * 1024;

    @Property(tries = 1000)
    void whatIsEncodedIsDecoded(@ForAll long seed) {
        ReplicaEnvelope envelope = new Envelopes(seed).any();

        assertEquals(envelope, ReplicaEnvelopeCodec.decode(ReplicaEnvelopeCodec.encodeToBytes(envelope)));
    }

    @Property(tries = 20)
    void everyKindIsEncodedAsItself(@ForAll long seed) {
        for (int kind = 1; kind <= Envelopes.KINDS; kind++) {
            ReplicaEnvelope envelope = new Envelopes(seed).ofKind(kind);
            byte[] bytes = ReplicaEnvelopeCodec.encodeToBytes(envelope);

            assertEquals(kind, bytes[KIND_AT]);
            assertEquals(envelope, ReplicaEnvelopeCodec.decode(bytes));
        }
    }

    @Property(tries = 100)
    void anEnvelopeIsReadWhereItStandsInALargerBuffer(@ForAll long seed) {
        ReplicaEnvelope envelope = new Envelopes(seed).any();
        byte[] bytes = ReplicaEnvelopeCodec.encodeToBytes(envelope);
        ByteBuffer larger = ByteBuffer.allocateDirect(bytes.length + 20);
        larger.put(7, bytes).position(7).limit(7 + bytes.length);

        assertEquals(envelope, ReplicaEnvelopeCodec.decode(larger));
        assertEquals(7, larger.position(), "the reader has its own position");
    }

    @Property(tries = 3000)
    void mutatedBytesAreRefusedOrReadAndNothingElse(@ForAll long seed) {
        Random random = new Random(seed);
        byte[] bytes = ReplicaEnvelopeCodec.encodeToBytes(new Envelopes(seed).any());
        for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(3)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) random.nextInt();
                default -> Arrays.fill(bytes, at, Math.min(bytes.length, at + 4), (byte) (random.nextInt(3) - 1));
            }
        }
        int length = random.nextInt(4) == 0 ? random.nextInt(bytes.length + 1) : bytes.length;
        decodeWithinBounds(Arrays.copyOf(bytes, length));
    }

    @Property(tries = 1000)
    void garbageIsRefused(@ForAll byte[] garbage) {
        decodeWithinBounds(garbage);
    }

    private static void decodeWithinBounds(byte[] bytes) {
        long most = ALLOCATED_FOR_ANY_INPUT + (long) OBJECTS_PER_BYTE * bytes.length;
        if (allocatedByDecoding(bytes) > most) {
            // The first time that the virtual machine comes by somewhere it links code, which allocates too.
            long allocated = allocatedByDecoding(bytes);
            assertTrue(allocated <= most, allocated + " bytes allocated for " + bytes.length);
        }
    }

    private static long allocatedByDecoding(byte[] bytes) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        try {
            ReplicaEnvelopeCodec.decode(bytes);
        } catch (InvalidEnvelopeException refused) {
            assertTrue(String.valueOf(refused.getMessage()).length() < 200);
        }
        return threads.getCurrentThreadAllocatedBytes() - before;
    }

    @Test
    void aListOfMoreElementsThanBytesIsRefusedBeforeItIsMade() {
        ReplicaEnvelope envelope = new Envelopes(1).withBatches(List.of());
        FetchReply reply = (FetchReply) envelope.message();
        ReplicaEnvelope empty =
                envelope.with(new FetchReply(1, reply.echo(), List.of(), List.of(), 0, 0, 0, null, null, -1));
        byte[] bytes = ReplicaEnvelopeCodec.encodeToBytes(empty);
        int batchCountAt = bytes.length - Integer.BYTES;
        ByteBuffer.wrap(bytes).putInt(batchCountAt, Integer.MAX_VALUE);

        InvalidEnvelopeException refused =
                assertThrows(InvalidEnvelopeException.class, () -> ReplicaEnvelopeCodec.decode(bytes));
        assertEquals("a list of 2147483647 with 0 bytes left", refused.getMessage());
    }

    @Test
    void anotherVersionAndAnotherKindAreRefusedByName() {
        byte[] version = ReplicaEnvelopeCodec.encodeToBytes(new Envelopes(1).any());
        version[0] = 9;
        byte[] kind = ReplicaEnvelopeCodec.encodeToBytes(new Envelopes(1).any());
        kind[KIND_AT] = 99;

        assertEquals("an envelope of version 9, this node knows version 1", messageOf(version));
        assertEquals("a message of the unknown kind 99", messageOf(kind));
    }

    @Test
    void aNegativePartitionIsRefused() {
        byte[] bytes = ReplicaEnvelopeCodec.encodeToBytes(new Envelopes(1).any());
        ByteBuffer.wrap(bytes).putInt(PARTITION_AT, -1);

        assertEquals("a partition of index -1", messageOf(bytes));
    }

    @Property(tries = 300)
    void everyFlippedBitOfABatchThatItsChecksumCoversIsFound(@ForAll long seed) {
        Random random = new Random(seed);
        Envelopes envelopes = new Envelopes(seed);
        BatchAppended batch = envelopes.batch();
        byte[] bytes = ReplicaEnvelopeCodec.encodeToBytes(envelopes.withBatches(List.of(envelopes.batch(), batch)));
        int size = batch.header().sizeInBytes();
        int coveredFrom = 21;
        bytes[bytes.length - size + coveredFrom + random.nextInt(size - coveredFrom)] ^=
                (byte) (1 << random.nextInt(8));

        InvalidEnvelopeException refused =
                assertThrows(InvalidEnvelopeException.class, () -> ReplicaEnvelopeCodec.decode(bytes));
        assertInstanceOf(InvalidEnvelopeException.CorruptBatch.class, refused);
    }

    @Test
    void batchesAreNeitherCopiedWhenWrittenNorWhenRead() {
        Envelopes envelopes = new Envelopes(3);
        BatchAppended batch = envelopes.batch();
        List<ByteBuffer> buffers =
                ReplicaEnvelopeCodec.encode(envelopes.withBatches(List.of(batch, envelopes.batch())));
        byte[] bytes = ReplicaEnvelopeCodec.encodeToBytes(envelopes.withBatches(List.of(batch)));

        assertEquals(3, buffers.size());
        assertSame(arrayOf(batch), buffers.get(1).array());
        TailMessage read = (TailMessage) ReplicaEnvelopeCodec.decode(bytes).message();
        assertSame(bytes, arrayOf(read.batches().getFirst()));
    }

    @Test
    void aBatchWithoutBytesOrWithOthersThanItsHeaderSaysIsNotSent() {
        Envelopes envelopes = new Envelopes(4);
        BatchAppended batch = envelopes.batch();
        BatchAppended other = new BatchAppended(batch.header(), Batches.plain(7));

        assertThrows(
                IllegalArgumentException.class,
                () -> ReplicaEnvelopeCodec.encode(
                        envelopes.withBatches(List.of(new BatchAppended(batch.header(), null)))));
        assertThrows(
                IllegalArgumentException.class,
                () -> ReplicaEnvelopeCodec.encode(envelopes.withBatches(List.of(other))));
    }

    private static byte[] arrayOf(BatchAppended batch) {
        return Invariant.present(batch.bytes(), "bytes").buffer().array();
    }

    private static String messageOf(byte[] bytes) {
        return String.valueOf(assertThrows(InvalidEnvelopeException.class, () -> ReplicaEnvelopeCodec.decode(bytes))
                .getMessage());
    }
}
