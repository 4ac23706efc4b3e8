package io.sampo.persistence.log;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/// Puts the segments of one log on disk: what is not there yet, and up to which offset all is.
///
/// Thread rule: [#sync] on any thread, one at a time, beside appends; whatever else changes this runs under the
/// lock
/// of the log's segments, which the caller holds.
final class SegmentSync {
    private final Path directory;
    private final FileOps files;
    private final OpenFiles openFiles;
    private final Object lock;
    private final Supplier<LogEnd> logEnd;
    private final Object oneAtATime = new Object();

    private volatile long durableEndOffset;
    private final List<Segment> dirty = new ArrayList<>();
    private boolean directoryChanged;

    /// Smallest log end since the running sync began: the sync must not vouch for more.
    private long syncLimit;

    /// @param lock of the log's segments
    /// @param logEnd present end of the log
    SegmentSync(
            Path directory,
            FileOps files,
            OpenFiles openFiles,
            Object lock,
            Supplier<LogEnd> logEnd,
            long durableEndOffset) {
        this.directory = directory;
        this.files = files;
        this.openFiles = openFiles;
        this.lock = lock;
        this.logEnd = logEnd;
        this.durableEndOffset = durableEndOffset;
    }

    @FunctionalInterface
    interface EntrySync {
        /// Syncs the entry of the partition's directory in its parent.
        void sync() throws IOException;
    }

    long durableEndOffset() {
        return durableEndOffset;
    }

    void markDirty(Segment segment) {
        if (!segment.dirty) {
            segment.dirty = true;
            dirty.add(segment);
        }
    }

    /// Those that recovery marked were written by an earlier process: the next sync covers them. One that stayed
    /// marked without standing in the list would never be synced again ([#markDirty]).
    void recovered(List<Segment> segments) {
        segments.stream().filter(segment -> segment.dirty).forEach(dirty::add);
    }

    void forget(Segment segment) {
        segment.dirty = false;
        dirty.remove(segment);
    }

    /// Files were created, or may not be in the directory for sure.
    void directoryChanged() {
        directoryChanged = true;
    }

    /// The log is about to end there: a sync that is under way does not vouch for more.
    void limit(long endOffset) {
        syncLimit = Math.min(syncLimit, endOffset);
    }

    void truncated(long endOffset) {
        durableEndOffset = Math.min(durableEndOffset, endOffset);
    }

    /// @return durableEndOffset after it
    long sync(EntrySync parent) throws IOException {
        synchronized (oneAtATime) {
            List<Segment> toSync;
            long target;
            boolean entries;
            synchronized (lock) {
                target = logEnd.get().offset();
                if (dirty.isEmpty() && !directoryChanged) {
                    durableEndOffset = Math.max(durableEndOffset, target);
                    return durableEndOffset;
                }
                syncLimit = target;
                toSync = List.copyOf(dirty);
                toSync.forEach(segment -> segment.dirty = false);
                dirty.clear();
                entries = directoryChanged;
                directoryChanged = false;
            }
            for (Segment segment : toSync) {
                force(segment);
            }
            if (entries) {
                DurableFiles.syncDirectory(files, directory);
                parent.sync();
            }
            synchronized (lock) {
                durableEndOffset = Math.max(durableEndOffset, Math.min(target, syncLimit));
                return durableEndOffset;
            }
        }
    }

    private void force(Segment segment) throws IOException {
        if (segment.removed) {
            return;
        }
        OpenFile file = openFiles.acquire(segment.handle);
        try {
            files.force(file.channel, segment.handle.path());
        } finally {
            file.release();
        }
        // a channel survives the file's removal: its sync would say yes to bytes that nobody finds again
        if (!segment.removed && Files.notExists(segment.handle.path())) {
            throw new NoSuchFileException(segment.handle.path().toString(), null, "it vanished");
        }
    }
}
