package io.sampo.persistence.log;

import io.sampo.core.partition.ReplicaEvent.TruncateIntent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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

    private final Path directory;
    private final StoreServices services;
    private final Checkpoints checkpoints;

    UnfinishedTruncation(Path directory, StoreServices services, Checkpoints checkpoints) {
        this.directory = directory;
        this.services = services;
        this.checkpoints = checkpoints;
    }

    /// Cuts the files as the last `TruncateIntent` says, unless the journal says that it was done.
    ///
    /// @param records of the journal
    /// @param baseOffsets of the segments, in order; those that were removed are taken out of it
    /// @return the journal's records now
    List<MetaRecord> finish(MetaJournal meta, List<MetaRecord> records, List<Long> baseOffsets) throws IOException {
        TruncateIntent pending = pending(records);
        if (pending == null || baseOffsets.isEmpty()) {
            return records;
        }
        long to = pending.toOffset();
        checkpoints.rewind(to, baseOffsets.getFirst());
        while (baseOffsets.size() > 1 && baseOffsets.getLast() >= to) {
            Path log = SegmentFiles.log(directory, baseOffsets.removeLast());
            DirectoryContents.deleteIndexes(log);
            Files.deleteIfExists(log);
        }
        long end = cut(services.newSegment(directory, baseOffsets.getLast(), true), to);
        DurableFiles.syncDirectory(services.files(), directory);
        meta.append(0, end, null);
        meta.sync();
        LOG.warn("{}: finished the truncation to offset {} that was under way", directory, to);
        return meta.read();
    }

    private static @Nullable TruncateIntent pending(List<MetaRecord> records) {
        TruncateIntent pending = null;
        for (MetaRecord record : records) {
            if (record.event() instanceof TruncateIntent intent) {
                pending = intent;
            } else if (record.event() == null) {
                pending = null;
            }
        }
        return pending;
    }

    /// @return offset after the last batch that is left
    private long cut(Segment last, long to) throws IOException {
        int size = (int) Files.size(last.handle.path());
        long end = last.baseOffset;
        OpenFile file = services.openFiles().acquire(last.handle);
        try {
            BatchScanner scanner = new BatchScanner(file.channel, last.handle.path(), 0, size);
            int cutAt = 0;
            while (scanner.next() && scanner.lastOffset() < to) {
                cutAt = scanner.nextPosition();
                end = scanner.lastOffset() + 1;
            }
            services.files().truncate(file.channel, last.handle.path(), cutAt);
            services.files().force(file.channel, last.handle.path());
        } finally {
            file.release();
            services.openFiles().evict(last.handle);
        }
        DirectoryContents.deleteIndexes(last.handle.path());
        return end;
    }
}
