package io.sampo.persistence.log;

import io.sampo.core.partition.ReplicaEvent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/// The file `meta.journal` of a partition: its control events, each with length, checksum and number.
///
/// Thread rule: appends and trims one at a time (the log's lock), [#sync] beside them, [#read] by anyone. Events
/// are not kept in memory: the file is small, as checkpoints trim it.
final class MetaJournal {
    static final String FILE = "meta.journal";
    static final int HEADER_BYTES = 8;
    private static final int MAGIC = 0x53504d4a;
    private static final int VERSION = 1;
    private static final long MAX_GAP_TO_LOOK_BEHIND = 1 << 20;

    private final FileHandle handle;
    private final FileOps files;
    private final OpenFiles openFiles;
    private volatile int size;
    private volatile int syncedSize;
    private long lastMetaNr;
    private boolean entrySynced;
    private boolean halfWritten;
    private volatile long gapsFrom = Long.MAX_VALUE;

    /// Held during a sync, and by whatever makes the file shorter: a sync must not vouch for bytes that it did not
    /// see.
    private final Object syncMonitor = new Object();

    private MetaJournal(Path directory, FileOps files, OpenFiles openFiles) {
        this.handle = new FileHandle(directory.resolve(FILE), true);
        this.files = files;
        this.openFiles = openFiles;
    }

    /// What was found when the journal was opened.
    ///
    /// @param tornBytes of a last record that was never written whole; cut off already
    record Opened(MetaJournal journal, List<MetaRecord> records, int tornBytes) {}

    /// @param entrySynced the journal's directory entry is on disk for sure
    /// @param pageCacheKept tells from the intact records whether the operating system is the one that wrote the
    ///     last
    ///     of them: then a whole last record with a wrong checksum cannot be a torn write
    /// @throws CorruptLogException when a record is damaged that is not a torn last one
    static Opened open(
            Path directory,
            FileOps files,
            OpenFiles openFiles,
            boolean entrySynced,
            Predicate<List<MetaRecord>> pageCacheKept)
            throws IOException {
        MetaJournal journal = new MetaJournal(directory, files, openFiles);
        journal.entrySynced = entrySynced;
        ByteBuffer bytes = journal.readFile();
        List<MetaRecord> records = new ArrayList<>();
        int intact = parse(bytes, journal.handle.path(), records, pageCacheKept);
        journal.lastMetaNr = records.isEmpty() ? 0 : records.getLast().metaNr();
        journal.gapsFrom = gapsFrom(records);
        journal.size = intact;
        journal.syncedSize = intact;
        int torn = bytes.limit() - intact;
        if (torn > 0) {
            journal.cutTo(intact, journal.lastMetaNr);
        }
        return new Opened(journal, records, torn);
    }

    private ByteBuffer readFile() throws IOException {
        try {
            return ByteBuffer.wrap(Files.readAllBytes(handle.path()));
        } catch (NoSuchFileException none) {
            return ByteBuffer.allocate(0);
        }
    }

    /// @return end of the intact records
    private static int parse(
            ByteBuffer bytes, Path path, List<MetaRecord> into, Predicate<List<MetaRecord>> pageCacheKept)
            throws CorruptLogException {
        if (bytes.limit() < HEADER_BYTES) {
            return 0;
        }
        if (bytes.getInt(0) != MAGIC || bytes.getInt(4) != VERSION) {
            throw new CorruptLogException(path, 0, "not a meta journal of version " + VERSION);
        }
        int at = HEADER_BYTES;
        while (at < bytes.limit()) {
            if (!MetaRecord.isIntact(bytes, at)) {
                refuseUnlessTorn(bytes, at, path, into, pageCacheKept);
                return at;
            }
            MetaRecord record = decode(bytes, at, path);
            if (!into.isEmpty() && record.metaNr() != into.getLast().metaNr() + 1) {
                throw new CorruptLogException(
                        path,
                        at,
                        "event " + record.metaNr() + " follows "
                                + into.getLast().metaNr());
            }
            into.add(record);
            at += MetaRecord.sizeInBytes(bytes, at);
        }
        return at;
    }

    private static MetaRecord decode(ByteBuffer bytes, int at, Path path) throws CorruptLogException {
        try {
            return MetaRecord.decode(bytes, at);
        } catch (IllegalArgumentException unreadable) {
            throw new CorruptLogException(path, at, String.valueOf(unreadable.getMessage()));
        }
    }

    private static void refuseUnlessTorn(
            ByteBuffer bytes, int at, Path path, List<MetaRecord> before, Predicate<List<MetaRecord>> pageCacheKept)
            throws CorruptLogException {
        long last = before.isEmpty() ? 0 : before.getLast().metaNr();
        for (int behind = at + 1;
                behind + MetaRecord.PREFIX_BYTES + MetaRecord.MIN_BODY_BYTES <= bytes.limit();
                behind++) {
            long metaNr = bytes.getLong(behind + MetaRecord.PREFIX_BYTES + 2);
            if (metaNr > last && metaNr - last < MAX_GAP_TO_LOOK_BEHIND && MetaRecord.isIntact(bytes, behind)) {
                throw new CorruptLogException(path, at, "a damaged event, and an intact one behind it at " + behind);
            }
        }
        int left = bytes.limit() - at - MetaRecord.PREFIX_BYTES;
        boolean whole = left >= MetaRecord.MIN_BODY_BYTES && bytes.getInt(at) <= left;
        if (MetaRecord.isIntactButForLength(bytes, at) || whole && pageCacheKept.test(before)) {
            throw new CorruptLogException(path, at, "the last event was written whole, and its checksum is wrong");
        }
    }

    /// All records, oldest first.
    List<MetaRecord> read() throws IOException {
        int end = size;
        List<MetaRecord> records = new ArrayList<>();
        if (end == 0) {
            return records;
        }
        ByteBuffer bytes = readFile();
        if (bytes.limit() < end) {
            throw new CorruptLogException(handle.path(), bytes.limit(), "ends before " + end);
        }
        int intact = parse(bytes.limit(end), handle.path(), records, _ -> true);
        if (intact < end) {
            throw new CorruptLogException(handle.path(), intact, "a damaged event");
        }
        return records;
    }

    long lastMetaNr() {
        return lastMetaNr;
    }

    int size() {
        return size;
    }

    /// An append failed and its bytes could not be cut off.
    boolean isHalfWritten() {
        return halfWritten;
    }

    void append(long sequenceNr, long logEndOffset, ReplicaEvent event) throws IOException {
        append(MetaRecord.of(lastMetaNr + 1, sequenceNr, logEndOffset, event));
    }

    void truncationFinished(long logEndOffset) throws IOException {
        append(MetaRecord.note(lastMetaNr + 1, logEndOffset, MetaRecord.TRUNCATION_FINISHED));
    }

    /// From here on offsets may be missing between batches.
    void noteGaps(long logEndOffset) throws IOException {
        append(MetaRecord.note(lastMetaNr + 1, logEndOffset, MetaRecord.GAPS));
        gapsFrom = Math.min(gapsFrom, logEndOffset);
    }

    /// Offsets at or above it may be missing, as the journal says; Long.MAX_VALUE: none.
    long gapsFrom() {
        return gapsFrom;
    }

    private static long gapsFrom(List<MetaRecord> records) {
        return records.stream()
                .filter(record -> record.kind() == MetaRecord.GAPS)
                .mapToLong(MetaRecord::logEndOffset)
                .min()
                .orElse(Long.MAX_VALUE);
    }

    private void append(MetaRecord record) throws IOException {
        ByteBuffer[] parts =
                size == 0 ? new ByteBuffer[] {header(), record.encode()} : new ByteBuffer[] {record.encode()};
        OpenFile file = openFiles.acquire(handle);
        try {
            file.channel.position(size);
            size += Writing.writeFully(files, file.channel, handle.path(), parts);
            lastMetaNr++;
        } catch (IOException failed) {
            // half an event must not stand before a later one; when this fails too, the caller finds it out by cutTo
            halfWritten = true;
            cutTo(size, lastMetaNr);
            throw failed;
        } finally {
            file.release();
        }
    }

    private static ByteBuffer header() {
        return ByteBuffer.allocate(HEADER_BYTES).putInt(MAGIC).putInt(VERSION).flip();
    }

    /// Takes back what was appended after the journal had this size.
    void cutTo(int oldSize, long oldLastMetaNr) throws IOException {
        synchronized (syncMonitor) {
            OpenFile file = openFiles.acquire(handle);
            try {
                files.truncate(file.channel, handle.path(), oldSize);
            } finally {
                file.release();
            }
            size = oldSize;
            syncedSize = Math.min(syncedSize, oldSize);
            lastMetaNr = oldLastMetaNr;
            halfWritten = false;
            // What was noted is perhaps noted no more, and then once too often.
            gapsFrom = Long.MAX_VALUE;
        }
    }

    /// Data only; the directory entry of a new journal is the caller's.
    ///
    /// @return whether the journal's directory entry may not be on disk yet
    boolean sync() throws IOException {
        synchronized (syncMonitor) {
            int upTo = size;
            if (syncedSize >= upTo) {
                return false;
            }
            boolean first = !entrySynced;
            entrySynced = true;
            OpenFile file = openFiles.acquire(handle);
            try {
                files.force(file.channel, handle.path());
            } finally {
                file.release();
            }
            syncedSize = upTo;
            return first;
        }
    }

    void evict() {
        openFiles.evict(handle);
    }

    /// Another object has the file from now on.
    void retire() {
        handle.gone();
        evict();
    }

    /// Rewrites the journal without the records up to (inclusive) the last one with a number of at most
    /// `sequenceNr`.
    void trimTo(long sequenceNr) throws IOException {
        List<MetaRecord> records = read();
        int keepFrom = 0;
        for (int i = 0; i < records.size(); i++) {
            // the newest record stays, so that the numbering goes on from the file alone
            if (records.get(i).event() != null && records.get(i).sequenceNr() <= sequenceNr && i < records.size() - 1) {
                keepFrom = i + 1;
            }
        }
        if (keepFrom == 0) {
            return;
        }
        List<MetaRecord> left = new ArrayList<>(records.subList(keepFrom, records.size()));
        long lastNr = lastMetaNr;
        long gaps = gapsFrom(records);
        if (gapsFrom(left) > gaps) {
            left.add(MetaRecord.note(++lastNr, gaps, MetaRecord.GAPS));
        }
        List<ByteBuffer> kept = new ArrayList<>();
        kept.add(header());
        left.forEach(record -> kept.add(record.encode()));
        int newSize = kept.stream().mapToInt(ByteBuffer::remaining).sum();
        ByteBuffer content = ByteBuffer.allocate(newSize);
        kept.forEach(content::put);
        synchronized (syncMonitor) {
            DurableFiles.replace(files, handle.path(), content.flip());
            openFiles.evict(handle);
            size = newSize;
            syncedSize = newSize;
            lastMetaNr = lastNr;
        }
    }
}
