package io.sampo.persistence.log;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Replaces a replica's whole history by a checkpoint, all or none: the checkpoint is put beside the log under the
/// name `reset`, whole and synced; from then on it counts, and everything else in the directory is removed before
/// it
/// gets a checkpoint's name. Recovery finishes what a crash interrupted.
///
/// One thread, while nobody uses the log.
final class LogReset {
    private static final Logger LOG = LoggerFactory.getLogger(LogReset.class);
    static final String FILE = "reset";

    private final Path directory;
    private final FileOps files;

    LogReset(Path directory, FileOps files) {
        this.directory = directory;
        this.files = files;
    }

    /// From its return on the old history is gone, whatever happens.
    void begin(StoredCheckpoint checkpoint) throws IOException {
        long end = checkpoint.checkpoint().logEndOffset();
        CheckpointFile file = new CheckpointFile(checkpoint, end, end, 0, 0, List.of());
        DurableFiles.replace(files, directory.resolve(FILE), file.encode());
    }

    /// Does nothing when none was begun.
    void finish() throws IOException {
        Path begun = directory.resolve(FILE);
        if (Files.notExists(begun)) {
            return;
        }
        CheckpointFile checkpoint = CheckpointFile.read(begun);
        for (Path old : everythingElse(begun)) {
            files.delete(old);
        }
        // Before the new name: a checkpoint beside pieces of another history would be read with them.
        DurableFiles.syncDirectory(files, directory);
        files.move(begun, CheckpointFile.pathOf(directory, checkpoint.stored().sequenceNr()));
        DurableFiles.syncDirectory(files, directory);
        LOG.warn(
                "{}: the log was replaced by a checkpoint at offset {}",
                directory,
                checkpoint.stored().checkpoint().logEndOffset());
    }

    private List<Path> everythingElse(Path begun) throws IOException {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                String name = String.valueOf(entry.getFileName());
                boolean kept = entry.equals(begun)
                        || name.equals(PartitionDirectory.METADATA_FILE)
                        || name.endsWith(SegmentFiles.DAMAGED);
                if (!kept) {
                    found.add(entry);
                }
            }
        }
        found.sort(null);
        return found;
    }
}
