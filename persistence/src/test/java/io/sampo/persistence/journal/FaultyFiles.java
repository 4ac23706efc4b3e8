package io.sampo.persistence.journal;

import io.sampo.persistence.log.FileOps;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/// A disk whose faults a test chooses, by partition directory.
final class FaultyFiles implements FileOps {
    volatile String writeFailsIn = "";
    volatile String syncFailsIn = "";
    volatile String syncHangsIn = "";
    final Semaphore hanging = new Semaphore(0);
    final Semaphore goOn = new Semaphore(0);
    final AtomicInteger syncs = new AtomicInteger();

    @Override
    public long write(FileChannel channel, Path path, ByteBuffer[] buffers, int from, int count) throws IOException {
        if (isIn(path, writeFailsIn)) {
            throw new IOException("planted: no space left on device");
        }
        return FileOps.super.write(channel, path, buffers, from, count);
    }

    @Override
    public void force(FileChannel channel, Path path) throws IOException {
        if (isIn(path, syncFailsIn)) {
            throw new IOException("planted: input/output error");
        }
        if (isIn(path, syncHangsIn)) {
            hanging.release();
            goOn.acquireUninterruptibly();
        }
        syncs.incrementAndGet();
        FileOps.super.force(channel, path);
    }

    private static boolean isIn(Path path, String directory) {
        return !directory.isEmpty() && path.toString().contains("/" + directory + "/");
    }
}
