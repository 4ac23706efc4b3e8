package io.sampo.persistence.log;

import io.sampo.core.partition.PartitionLogs.DiskSpace;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/// The file operations that can fail in interesting ways; tests put faults in here. One call each per append, sync
/// or open, so it costs nothing that can be measured.
public interface FileOps {

    FileOps SYSTEM = new FileOps() {};

    default FileChannel open(Path path, OpenOption... options) throws IOException {
        return FileChannel.open(path, options);
    }

    /// One gathering write at the channel's position; may write less than all.
    default long write(FileChannel channel, Path path, ByteBuffer[] buffers, int from, int count) throws IOException {
        return channel.write(buffers, from, count);
    }

    /// Data to disk, and the metadata that is needed to find it (fdatasync).
    default void force(FileChannel channel, Path path) throws IOException {
        channel.force(false);
    }

    /// Of the file system that holds the directory.
    default DiskSpace space(Path directory) throws IOException {
        FileStore store = Files.getFileStore(directory);
        return new DiskSpace(store.getTotalSpace(), store.getUsableSpace());
    }

    /// Removes a file if it is there.
    default void delete(Path path) throws IOException {
        Files.deleteIfExists(path);
    }

    /// At once, over what may be there.
    default void move(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    default void truncate(FileChannel channel, Path path, long size) throws IOException {
        channel.truncate(size);
    }
}
