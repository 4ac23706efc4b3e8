package io.sampo.persistence.log;

import io.sampo.core.partition.ReplicaEvent.TruncateIntent;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A truncation that a crash interrupted: its intent is in the meta journal, that it was done is not. It is done
/// (again).
///
/// One thread, before the segments are looked at.
final class UnfinishedTruncation {
    private static final Logger LOG = LoggerFactory.getLogger(UnfinishedTruncation.class);

    /// `byLeaderEpoch` of an intent that recovery wrote itself, to cut damage.
    static final int BY_RECOVERY = -1;

    private final Path directory;
    private final StoreServices services;
    private final Checkpoints checkpoints;
    private boolean cutsDamage;

    UnfinishedTruncation(Path directory, StoreServices services, Checkpoints checkpoints) {
        this.directory = directory;
        this.services = services;
        this.checkpoints = checkpoints;
    }

    /// Cuts the files as the last `TruncateIntent` says, unless the journal says that it was done.
    ///
    /// The segment that is cut takes no more appends: those who still read it meet its end, and never other batches
    /// under the old positions.
    ///
    /// @param records of the journal
    /// @param baseOffsets of the segments, in order; changed as the segments are
    /// @return the journal's records now
    List<MetaRecord> finish(MetaJournal meta, List<MetaRecord> records, List<Long> baseOffsets) throws IOException {
        TruncateIntent pending = pending(records);
        if (pending == null) {
            return records;
        }
        FileOps files = services.files();
        long to = pending.toOffset();
        cutsDamage = pending.byLeaderEpoch() == BY_RECOVERY;
        checkpoints.rewind(to, baseOffsets.isEmpty() ? to : baseOffsets.getFirst());
        while (baseOffsets.size() > 1 && baseOffsets.getLast() >= to) {
            Path log = SegmentFiles.log(directory, baseOffsets.removeLast());
            DirectoryContents.deleteIndexes(log);
            files.delete(log);
        }
        long end = baseOffsets.isEmpty() ? to : cutLast(baseOffsets, to);
        if (cutsDamage) {
            files.delete(directory.resolve(SegmentRewrite.CHECKPOINT_FILE));
        }
        DurableFiles.syncDirectory(files, directory);
        meta.truncationFinished(end);
        meta.sync();
        LOG.warn("{}: the log was cut to offset {}, as the truncation to {} asks", directory, end, to);
        return meta.read();
    }

    private static @Nullable TruncateIntent pending(List<MetaRecord> records) {
        TruncateIntent pending = null;
        for (MetaRecord record : records) {
            if (record.event() instanceof TruncateIntent intent) {
                pending = intent;
            } else if (record.kind() == MetaRecord.TRUNCATION_FINISHED) {
                pending = null;
            }
        }
        return pending;
    }

    /// @return the log's end now
    private long cutLast(List<Long> baseOffsets, long to) throws IOException {
        long base = baseOffsets.getLast();
        Path log = SegmentFiles.log(directory, base);
        Kept kept = whatStays(log, base, to);
        if (kept.bytes == Files.size(log) && kept.bytes > 0) {
            return kept.endOffset;
        }
        long end = kept.endOffset;
        DirectoryContents.deleteIndexes(log);
        if (kept.bytes == 0) {
            // A file of its own again; where the log begins in the middle of its first batch, without that.
            Checkpoints.Place newest = checkpoints.newest();
            end = newest == null ? base : Math.max(base, newest.logEndOffset());
            baseOffsets.removeLast();
            services.files().delete(log);
        } else {
            cut(log, kept.bytes);
        }
        createEmpty(SegmentFiles.log(directory, end));
        baseOffsets.add(end);
        return end;
    }

    private record Kept(int bytes, long endOffset) {}

    private Kept whatStays(Path log, long base, long to) throws IOException {
        int size = (int) Files.size(log);
        try (FileChannel channel = services.files().open(log, StandardOpenOption.READ)) {
            BatchScanner scanner = new BatchScanner(channel, log, 0, size);
            int bytes = 0;
            long end = base;
            // What follows the cut may be damaged; it is not looked at.
            while (end < to && hasNext(scanner) && scanner.lastOffset() < to) {
                bytes = scanner.nextPosition();
                end = scanner.lastOffset() + 1;
            }
            return new Kept(bytes, end);
        }
    }

    private boolean hasNext(BatchScanner scanner) throws IOException {
        try {
            return scanner.next();
        } catch (CorruptLogException damaged) {
            if (cutsDamage) {
                return false;
            }
            throw damaged;
        }
    }

    private void cut(Path log, int size) throws IOException {
        try (FileChannel channel = services.files().open(log, StandardOpenOption.WRITE)) {
            services.files().truncate(channel, log, size);
            services.files().force(channel, log);
        }
    }

    private void createEmpty(Path log) throws IOException {
        services.files()
                .open(log, StandardOpenOption.CREATE, StandardOpenOption.WRITE)
                .close();
    }
}
