package io.sampo.persistence.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// Whole-file writes that a crash leaves either old or new, and directory syncs.
final class DurableFiles {
    private DurableFiles() {}

    /// Writes beside, syncs, renames over, syncs the directory.
    static void replace(FileOps files, Path target, ByteBuffer content) throws IOException {
        Path beside = target.resolveSibling(target.getFileName() + ".tmp");
        try (FileChannel channel = files.open(
                beside, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            while (content.hasRemaining()) {
                files.write(channel, beside, new ByteBuffer[] {content}, 0, 1);
            }
            files.force(channel, beside);
        }
        files.move(beside, target);
        syncDirectory(files, parentOf(target));
    }

    static void syncDirectory(FileOps files, Path directory) throws IOException {
        try (FileChannel channel = files.open(directory, StandardOpenOption.READ)) {
            files.force(channel, directory);
        }
    }

    static Path parentOf(Path path) {
        Path parent = path.getParent();
        if (parent == null) {
            throw new IllegalArgumentException("no parent directory: " + path);
        }
        return parent;
    }
}
