package io.sampo.persistence.log;

import io.sampo.core.partition.PartitionLogException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.apache.kafka.common.record.internal.MemoryRecords;

/// Writes the new content of some closed segments beside them, and puts it in their place.
///
/// `<base>-<end>.cleaned` while it is written, `.swap` once it is whole and synced (from then on recovery finishes
/// the exchange), `<base>.log` in the end.
final class CompactedSegment implements SegmentRewrite {
    private final FileOps files;
    private final long baseOffset;
    private final long endOffset;
    private final Exchange exchange;
    private final Runnable ended;
    private final Path cleaned;
    private final FileChannel channel;
    private int size;
    private boolean committed;

    /// @param exchange renames the file to `.swap`, and puts that in place of the old segments
    /// @param ended called once, whatever became of it
    CompactedSegment(Path directory, FileOps files, long baseOffset, long endOffset, Exchange exchange, Runnable ended)
            throws IOException {
        this.files = files;
        this.baseOffset = baseOffset;
        this.endOffset = endOffset;
        this.exchange = exchange;
        this.ended = ended;
        this.cleaned = SegmentFiles.rewrite(directory, baseOffset, endOffset, SegmentFiles.CLEANED);
        this.channel = files.open(
                cleaned, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE);
    }

    @Override
    public void append(MemoryRecords batches) {
        try {
            size = Math.addExact(
                    size, Writing.writeFully(files, channel, cleaned, new ByteBuffer[] {batches.buffer()}));
        } catch (IOException | ArithmeticException failed) {
            throw new PartitionLogException(
                    "Writing " + cleaned + " failed: " + DataDirectory.describe(failed), failed);
        }
    }

    @Override
    public int sizeInBytes() {
        return size;
    }

    @Override
    public void commit() {
        try {
            files.force(channel, cleaned);
            exchange.replace(baseOffset, endOffset, cleaned);
            committed = true;
        } catch (IOException failed) {
            throw new PartitionLogException(
                    "Replacing segments by " + cleaned + " failed: " + DataDirectory.describe(failed), failed);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
            if (!committed) {
                Files.deleteIfExists(cleaned);
            }
        } catch (IOException failed) {
            throw new PartitionLogException(
                    "Closing " + cleaned + " failed: " + DataDirectory.describe(failed), failed);
        } finally {
            ended.run();
        }
    }

    interface Exchange {
        void replace(long baseOffset, long endOffset, Path cleaned) throws IOException;
    }
}
