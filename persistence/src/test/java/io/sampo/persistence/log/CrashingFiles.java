package io.sampo.persistence.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/// A disk that is switched off in front of the n-th change; every later one fails too.
final class CrashingFiles implements FileOps {
    private int left = Integer.MAX_VALUE;

    /// @param changes that still succeed
    void crashAfter(int changes) {
        left = changes;
    }

    boolean hasCrashed() {
        return left < 0;
    }

    private void change() throws IOException {
        if (left != Integer.MAX_VALUE && --left < 0) {
            left = -1;
            throw new IOException("planted: the power is off");
        }
    }

    @Override
    public FileChannel open(Path path, OpenOption... options) throws IOException {
        if (List.of(options).contains(StandardOpenOption.CREATE)) {
            change();
        }
        return FileOps.super.open(path, options);
    }

    @Override
    public long write(FileChannel channel, Path path, ByteBuffer[] buffers, int from, int count) throws IOException {
        change();
        return FileOps.super.write(channel, path, buffers, from, count);
    }

    @Override
    public void force(FileChannel channel, Path path) throws IOException {
        change();
        FileOps.super.force(channel, path);
    }

    @Override
    public void truncate(FileChannel channel, Path path, long size) throws IOException {
        change();
        FileOps.super.truncate(channel, path, size);
    }

    @Override
    public void delete(Path path) throws IOException {
        change();
        FileOps.super.delete(path);
    }

    @Override
    public void move(Path from, Path to) throws IOException {
        change();
        FileOps.super.move(from, to);
    }
}
