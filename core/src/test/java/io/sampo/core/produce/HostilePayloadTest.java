package io.sampo.core.produce;

import static io.sampo.core.produce.Batches.NOW_MS;
import static io.sampo.core.produce.Batches.around;
import static io.sampo.core.produce.Validations.VERSION;
import static io.sampo.core.produce.Validations.accepted;
import static io.sampo.core.produce.Validations.refused;
import static io.sampo.core.produce.Validations.settings;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.BaseRecords;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.utils.internals.ByteBufferOutputStream;
import org.apache.kafka.common.utils.internals.ByteUtils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Payloads under a right header and checksum that unfold too far or are no records.
class HostilePayloadTest {
    private final BatchValidator validator = new BatchValidator();

    @ParameterizedTest
    @EnumSource(
            value = CompressionType.class,
            names = {"GZIP", "SNAPPY", "LZ4", "ZSTD"})
    void bombIsRefusedBeforeItUnfolds(CompressionType codec) throws IOException {
        MemoryRecords bomb = around(codec.id, 1, compressedZeros(codec, 8 << 20));
        ProduceSettings settings = limited(new DecompressionLimits(64 << 20, 10, 1 << 20));

        assertEquals(Errors.MESSAGE_TOO_LARGE, refused(validate(bomb, settings)).error());
    }

    @Test
    void absoluteLimitOfDecompressionHoldsWhateverTheRatio() throws IOException {
        MemoryRecords bomb = around(CompressionType.GZIP.id, 1, compressedZeros(CompressionType.GZIP, 3 << 20));
        ProduceSettings settings = limited(new DecompressionLimits(2 << 20, 1_000_000, 64 << 20));

        assertEquals(Errors.MESSAGE_TOO_LARGE, refused(validate(bomb, settings)).error());
    }

    @Test
    void snappyLengthsAreNotBelieved() {
        byte[] claim = {
            (byte) 0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0, 0, 0, 0, 1, 0, 0, 0, 1, 0x1f, (byte) 0xff, (byte) 0xff, 0, 1
        };
        byte[] block = {(byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, 0x07, 0, 0};

        assertEquals(
                Errors.INVALID_RECORD,
                refused(validate(around(2, 1, claim), checked())).error());
        assertEquals(
                Errors.MESSAGE_TOO_LARGE,
                refused(validate(around(2, 1, block), checked())).error());
    }

    static Stream<Arguments> badPayloads() {
        return Stream.of(
                Arguments.of("nothing", new byte[0]),
                Arguments.of("a negative length", new byte[] {1}),
                Arguments.of("a length beyond the end", new byte[] {100, 0, 0, 0}),
                Arguments.of("an endless varint", new byte[] {-1, -1, -1, -1, -1, -1}),
                Arguments.of("a wrong offset", new byte[] {12, 0, 0, 2, 1, 1, 0}),
                Arguments.of("a key beyond the record", new byte[] {12, 0, 0, 0, 100, 1, 0}),
                Arguments.of("a key length of -2", new byte[] {12, 0, 0, 0, 3, 1, 0}),
                Arguments.of("negative headers", new byte[] {12, 0, 0, 0, 1, 1, 1}),
                Arguments.of("too many headers", new byte[] {12, 0, 0, 0, 1, 1, 120}),
                Arguments.of("a record that is too long", new byte[] {14, 0, 0, 0, 1, 1, 0, 0}),
                Arguments.of("bytes after the last record", new byte[] {12, 0, 0, 0, 1, 1, 0, 0}));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("badPayloads")
    void payloadThatIsNoRecordsIsRefused(String what, byte[] payload) {
        assertEquals(
                Errors.INVALID_RECORD,
                refused(validate(around(0, 1, payload), checked())).error(),
                what);
    }

    @Test
    void smallestRecordIsAccepted() {
        accepted(validate(around(0, 1, new byte[] {12, 0, 0, 0, 1, 1, 0}), checked()));
    }

    private Validation validate(BaseRecords records, ProduceSettings settings) {
        return validator.validate(records, VERSION, settings, NOW_MS);
    }

    private static ProduceSettings checked() {
        return settings(false, TimestampType.CREATE_TIME, Long.MAX_VALUE, Long.MAX_VALUE, null, true);
    }

    private static ProduceSettings limited(DecompressionLimits limits) {
        return new ProduceSettings(
                1 << 20,
                Integer.MAX_VALUE,
                false,
                TimestampType.CREATE_TIME,
                Long.MAX_VALUE,
                Long.MAX_VALUE,
                null,
                true,
                limits);
    }

    private static byte[] compressedZeros(CompressionType codec, int bytes) throws IOException {
        if (codec == CompressionType.GZIP) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            try (OutputStream gzip = new GZIPOutputStream(out)) {
                gzip.write(recordOfZeros(bytes));
            }
            return out.toByteArray();
        }
        ByteBufferOutputStream out = new ByteBufferOutputStream(1024);
        try (OutputStream stream = Compression.of(codec).build().wrapForOutput(out, RecordBatch.MAGIC_VALUE_V2)) {
            stream.write(recordOfZeros(bytes));
        }
        byte[] compressed = new byte[out.position()];
        out.buffer().get(0, compressed);
        assertTrue(compressed.length < bytes / 15);
        return compressed;
    }

    /// One record with a key of zeros, so that the walk does not end at its first byte.
    private static byte[] recordOfZeros(int bytes) {
        ByteBuffer buffer = ByteBuffer.allocate(bytes + 64);
        ByteUtils.writeVarint(bytes + 12, buffer);
        buffer.put((byte) 0).put((byte) 0).put((byte) 0);
        ByteUtils.writeVarint(bytes, buffer);
        return Arrays.copyOf(buffer.array(), buffer.position() + bytes);
    }
}
