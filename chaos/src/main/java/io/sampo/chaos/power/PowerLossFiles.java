package io.sampo.chaos.power;

import io.sampo.persistence.log.FileOps;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/// The node's files, with a note of every write beside them, and of every sync: after kill -9 of the node,
/// [PowerLoss]
/// undoes what no sync covers. The notes live in a file of their own that outlives the process, as the page cache
/// does.
///
/// Thread rule: any thread.
public final class PowerLossFiles implements FileOps {
    private final UnsyncedJournal journal;

    public PowerLossFiles(Path journalFile) {
        try {
            this.journal = UnsyncedJournal.append(journalFile);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /// The note first: a process that dies in between has noted a write that did not happen, which is undone to
    /// what
    /// was there.
    @Override
    public long write(FileChannel channel, Path path, ByteBuffer[] buffers, int from, int count) throws IOException {
        long position = channel.position();
        long length = 0;
        for (int i = from; i < from + count; i++) {
            length += buffers[i].remaining();
        }
        synchronized (journal) {
            long size = channel.size();
            journal.write(path, size, before(path, position, Math.min(length, Math.max(0, size - position))), position);
        }
        return FileOps.super.write(channel, path, buffers, from, count);
    }

    /// Syncs cover the writes that were complete when they began.
    @Override
    public void force(FileChannel channel, Path path) throws IOException {
        long ticket = journal.syncBegins(path);
        FileOps.super.force(channel, path);
        journal.syncEnds(path, ticket);
    }

    /// A cut is durable at once here: the node syncs it before it goes on, and files that come back are another
    /// test.
    @Override
    public void truncate(FileChannel channel, Path path, long size) throws IOException {
        FileOps.super.truncate(channel, path, size);
        journal.truncated(path, size);
    }

    /// What is removed or renamed is forgotten: entries of directories are durable at once here.
    @Override
    public void delete(Path path) throws IOException {
        FileOps.super.delete(path);
        journal.truncated(path, 0);
    }

    @Override
    public void move(Path from, Path to) throws IOException {
        FileOps.super.move(from, to);
        journal.truncated(from, 0);
        journal.truncated(to, 0);
    }

    /// The channel of an append may not be readable, so the bytes are read through one of their own.
    private static byte[] before(Path path, long position, long length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(length));
        if (length > 0) {
            try (FileChannel reader = FileChannel.open(path)) {
                while (bytes.hasRemaining() && reader.read(bytes, position + bytes.position()) > 0) {
                    continue;
                }
            }
        }
        return bytes.array();
    }
}
