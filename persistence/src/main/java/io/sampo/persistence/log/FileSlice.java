package io.sampo.persistence.log;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.common.network.TransferableChannel;
import org.apache.kafka.common.record.internal.DefaultRecordsSend;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordsSend;
import org.apache.kafka.common.record.internal.TransferableRecords;

/// Whole batches of a segment, given to a connection as (file, position, length): the kernel copies them.
///
/// Holds the file open until its last byte was sent once, so it stays readable after the segment was deleted. One
/// that is never sent lets go when it is garbage.
public final class FileSlice implements TransferableRecords {
    private final OpenFile file;
    private final long position;
    private final int sizeInBytes;
    private final AtomicBoolean leased = new AtomicBoolean(true);

    /// @param file leased for this slice
    FileSlice(OpenFile file, long position, int sizeInBytes) {
        this.file = file;
        this.position = position;
        this.sizeInBytes = sizeInBytes;
    }

    @Override
    public int sizeInBytes() {
        return sizeInBytes;
    }

    @Override
    public RecordsSend<FileSlice> toSend() {
        return new DefaultRecordsSend<>(this);
    }

    @Override
    public int writeTo(TransferableChannel destination, int from, int length) throws IOException {
        holdOpen();
        long written = destination.transferFrom(file.channel, position + from, Math.min(length, sizeInBytes - from));
        if (written <= 0 && length > 0 && file.channel.size() < position + sizeInBytes) {
            throw new EOFException("the segment was cut while a consumer was being served from it");
        }
        if (from + written >= sizeInBytes) {
            close();
        }
        return (int) written;
    }

    /// Lets the file go, for callers that do not send the slice to its end.
    public void close() {
        if (leased.compareAndSet(true, false)) {
            file.release();
        }
    }

    /// Copies the batches to the heap: for callers inside the process.
    public MemoryRecords load() throws IOException {
        holdOpen();
        ByteBuffer buffer = ByteBuffer.allocate(sizeInBytes);
        while (buffer.hasRemaining()) {
            if (file.channel.read(buffer, position + buffer.position()) < 0) {
                throw new EOFException("the segment was cut while it was being read");
            }
        }
        return MemoryRecords.readableRecords(buffer.flip());
    }

    private void holdOpen() throws IOException {
        if (!leased.get()) {
            if (!file.lease()) {
                throw new IOException("these records were sent already, and their file is closed");
            }
            if (!leased.compareAndSet(false, true)) {
                file.release();
            }
        }
    }
}
