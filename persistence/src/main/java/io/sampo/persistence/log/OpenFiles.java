package io.sampo.persistence.log;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Iterator;

/// Keeps the channels of all partitions within `maxOpenSegmentFiles`: least recently used out first (second
/// chance).
///
/// Thread rule: any thread; a hit takes no lock.
final class OpenFiles {
    private final FileOps files;
    private final int maxOpen;
    private final ArrayDeque<Entry> entries = new ArrayDeque<>();

    OpenFiles(FileOps files, int maxOpen) {
        this.files = files;
        this.maxOpen = maxOpen;
    }

    private record Entry(FileHandle handle, OpenFile file) {}

    /// The caller releases it.
    OpenFile acquire(FileHandle handle) throws IOException {
        OpenFile open = handle.open;
        if (open != null && open.lease()) {
            return open;
        }
        return openSlowly(handle);
    }

    private synchronized OpenFile openSlowly(FileHandle handle) throws IOException {
        OpenFile raced = handle.open;
        if (raced != null) {
            if (raced.lease()) {
                return raced;
            }
            entries.removeIf(entry -> entry.file == raced);
        }
        if (handle.isGone()) {
            throw new NoSuchFileException(handle.path().toString(), null, "the log was cut");
        }
        FileChannel channel = handle.writable()
                ? files.open(
                        handle.path(), StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE)
                : files.open(handle.path(), StandardOpenOption.READ);
        OpenFile opened = new OpenFile(channel);
        handle.open = opened;
        entries.add(new Entry(handle, opened));
        while (entries.size() > maxOpen) {
            Entry oldest = entries.remove();
            if (oldest.file.used && oldest.file != opened) {
                oldest.file.used = false;
                entries.add(oldest);
            } else {
                drop(oldest);
            }
        }
        return opened;
    }

    /// Forgets the channel of one file; present users keep it.
    synchronized void evict(FileHandle handle) {
        OpenFile open = handle.open;
        if (open != null) {
            entries.removeIf(entry -> entry.file == open);
            drop(new Entry(handle, open));
        }
    }

    /// Moves the file; whoever opens the handle finds it under its old or its new name, never another file.
    synchronized void rename(FileHandle handle, Path to) throws IOException {
        Files.move(handle.path(), to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        handle.renamed(to);
    }

    /// Closes what was not used since the last call.
    synchronized void evictIdle() {
        for (Iterator<Entry> each = entries.iterator(); each.hasNext(); ) {
            Entry entry = each.next();
            if (entry.file.used) {
                entry.file.used = false;
            } else {
                each.remove();
                drop(entry);
            }
        }
    }

    synchronized int size() {
        return entries.size();
    }

    private static void drop(Entry entry) {
        if (entry.handle.open == entry.file) {
            entry.handle.open = null;
        }
        entry.file.evict();
    }
}
