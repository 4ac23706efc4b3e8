package io.sampo.tcp;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.network.TransferableChannel;
import org.apache.kafka.common.record.internal.DefaultRecordsSend;
import org.apache.kafka.common.record.internal.RecordsSend;
import org.apache.kafka.common.record.internal.TransferableRecords;

/// A file on a disk that answers only when the test says so: whoever reads or sends before waits. Nobody can say
/// what of it is in memory.
public final class SlowFile extends FileChannel {

    private final FileChannel file;
    private final CountDownLatch diskAnswers = new CountDownLatch(1);
    private final AtomicInteger waiting = new AtomicInteger();

    public SlowFile(Path path) throws IOException {
        this.file = FileChannel.open(path, StandardOpenOption.READ);
    }

    /// Threads that wait for the disk.
    public int waiting() {
        return waiting.get();
    }

    public void answer() {
        diskAnswers.countDown();
    }

    /// The first `bytes` of it, as a fetch answers them.
    public TransferableRecords records(int bytes) {
        return new Slice(this, bytes);
    }

    private record Slice(SlowFile file, int sizeInBytes) implements TransferableRecords {
        @Override
        public RecordsSend<Slice> toSend() {
            return new DefaultRecordsSend<>(this);
        }

        @Override
        public int writeTo(TransferableChannel channel, int from, int length) throws IOException {
            return (int) channel.transferFrom(file, from, length);
        }
    }

    private void awaitDisk() throws IOException {
        waiting.incrementAndGet();
        try {
            diskAnswers.await();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
        awaitDisk();
        return file.read(target, position);
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel target) throws IOException {
        awaitDisk();
        return file.transferTo(position, count, target);
    }

    @Override
    public long size() throws IOException {
        return file.size();
    }

    @Override
    public MappedByteBuffer map(MapMode mode, long position, long size) {
        throw new UnsupportedOperationException();
    }

    @Override
    protected void implCloseChannel() throws IOException {
        file.close();
    }

    @Override
    public int read(ByteBuffer target) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long read(ByteBuffer[] targets, int offset, int length) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int write(ByteBuffer source) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long write(ByteBuffer[] sources, int offset, int length) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int write(ByteBuffer source, long position) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long position() {
        throw new UnsupportedOperationException();
    }

    @Override
    public FileChannel position(long newPosition) {
        throw new UnsupportedOperationException();
    }

    @Override
    public FileChannel truncate(long size) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void force(boolean metaData) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long transferFrom(ReadableByteChannel source, long position, long count) {
        throw new UnsupportedOperationException();
    }

    @Override
    public FileLock lock(long position, long size, boolean shared) {
        throw new UnsupportedOperationException();
    }

    @Override
    public FileLock tryLock(long position, long size, boolean shared) {
        throw new UnsupportedOperationException();
    }
}
