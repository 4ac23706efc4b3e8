package io.sampo.chaos.workload;

import io.sampo.chaos.history.DumpedBatch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/// The batches in a partition's segment files, read without any of the broker's code.
public final class SegmentDump {
    private static final int LENGTH_AT = 8;
    private static final int HEADER_BYTES = 12;
    private static final int LAST_OFFSET_DELTA_AT = 23;
    private static final int SMALLEST_BATCH_BYTES = 61;

    private SegmentDump() {}

    /// In the order of offsets. What follows the last whole batch of a file is left out.
    public static List<DumpedBatch> of(Path partitionDirectory) throws IOException {
        List<Path> segments = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(partitionDirectory, "*.log")) {
            files.forEach(segments::add);
        }
        segments.sort(null);
        List<DumpedBatch> batches = new ArrayList<>();
        for (Path segment : segments) {
            addBatches(Files.readAllBytes(segment), batches);
        }
        return batches;
    }

    private static void addBatches(byte[] bytes, List<DumpedBatch> batches) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        int at = 0;
        while (at + SMALLEST_BATCH_BYTES <= bytes.length) {
            int size = HEADER_BYTES + buffer.getInt(at + LENGTH_AT);
            if (size < SMALLEST_BATCH_BYTES || size > bytes.length - at) {
                return;
            }
            CRC32C digest = new CRC32C();
            digest.update(bytes, at, size);
            long baseOffset = buffer.getLong(at);
            batches.add(new DumpedBatch(
                    baseOffset,
                    baseOffset + buffer.getInt(at + LAST_OFFSET_DELTA_AT),
                    size + "." + Long.toHexString(digest.getValue())));
            at += size;
        }
    }
}
