package io.sampo.persistence.log;

import io.sampo.core.partition.PartitionId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.zip.CRC32C;
import org.apache.kafka.common.Uuid;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The file `partitions.registry` of a data directory: which partitions were created in it and not removed since.
/// So a partition whose directory vanished is told from a new one (KAFKA-16234), and never begun again, empty.
///
/// On disk: int magic, int version, then records of 25 bytes: byte kind (1 created, 2 removed), 16 bytes topic id,
/// int partition, int CRC-32C of these. Appended to while the process runs, written anew at the start.
///
/// A created record is written after the directory's entry was synced, a removed record before the directory is
/// renamed. So a crash leaves at most a directory that is not in the registry, which is taken over; never a record
/// of a directory that did not come to be. Records are synced a moment later, one sync for many
/// ([PartitionsOnDisk]): nobody waits for them.
///
/// Thread rule: any thread.
final class PartitionRegistry {
    private static final Logger LOG = LoggerFactory.getLogger(PartitionRegistry.class);
    static final String FILE = "partitions.registry";
    private static final int MAGIC = 0x53505247;
    private static final int VERSION = 1;
    static final int HEADER_BYTES = 8;
    static final int RECORD_BYTES = 25;
    private static final byte CREATED = 1;
    private static final byte REMOVED = 2;

    private final Path file;
    private final FileOps files;
    private final Set<PartitionId> partitions;
    private boolean unsynced;

    private PartitionRegistry(Path file, FileOps files, Set<PartitionId> partitions) {
        this.file = file;
        this.files = files;
        this.partitions = partitions;
    }

    /// Reads the registry, takes over the partitions that lie in the directory, and writes it anew where it has to
    /// be.
    ///
    /// @param onDisk partitions whose directories were found
    static PartitionRegistry open(Path directory, FileOps files, Collection<PartitionId> onDisk) throws IOException {
        Path file = directory.resolve(FILE);
        Set<PartitionId> partitions = new HashSet<>();
        boolean whole = Files.exists(file) && read(file, partitions);
        long records = whole ? (Files.size(file) - HEADER_BYTES) / RECORD_BYTES : -1;
        partitions.addAll(onDisk);
        PartitionRegistry registry = new PartitionRegistry(file, files, partitions);
        if (records != partitions.size()) {
            DurableFiles.syncDirectory(files, directory);
            registry.writeAnew();
        }
        return registry;
    }

    /// @return false when it has to be written anew
    private static boolean read(Path file, Set<PartitionId> partitions) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file));
        if (bytes.remaining() < HEADER_BYTES || bytes.getInt() != MAGIC) {
            LOG.warn(
                    "{} is damaged: it is built again from the directories that are there, so a partition whose"
                            + " directory vanished may not be noticed",
                    file);
            return false;
        }
        int version = bytes.getInt();
        if (version != VERSION) {
            throw new IOException(file + " has version " + version + ", and this Sampo knows version " + VERSION);
        }
        while (bytes.remaining() >= RECORD_BYTES) {
            int start = bytes.position();
            byte kind = bytes.get();
            PartitionId id = new PartitionId(new Uuid(bytes.getLong(), bytes.getLong()), bytes.getInt());
            if (bytes.getInt() != checksum(bytes, start) || kind != CREATED && kind != REMOVED) {
                if (bytes.hasRemaining()) {
                    LOG.warn(
                            "{} is damaged at position {}: what follows is lost, so a partition whose directory"
                                    + " vanished may not be noticed",
                            file,
                            start);
                }
                return false;
            }
            if (kind == CREATED) {
                partitions.add(id);
            } else {
                partitions.remove(id);
            }
        }
        return !bytes.hasRemaining();
    }

    private static int checksum(ByteBuffer bytes, int start) {
        CRC32C checksum = new CRC32C();
        checksum.update(bytes.slice(start, RECORD_BYTES - Integer.BYTES));
        return (int) checksum.getValue();
    }

    private static void put(ByteBuffer bytes, byte kind, PartitionId id) {
        int start = bytes.position();
        bytes.put(kind);
        bytes.putLong(id.topicId().getMostSignificantBits());
        bytes.putLong(id.topicId().getLeastSignificantBits());
        bytes.putInt(id.partition());
        bytes.putInt(checksum(bytes, start));
    }

    private void writeAnew() throws IOException {
        ByteBuffer all = ByteBuffer.allocate(HEADER_BYTES + partitions.size() * RECORD_BYTES);
        all.putInt(MAGIC).putInt(VERSION);
        partitions.stream().sorted().forEach(id -> put(all, CREATED, id));
        DurableFiles.replace(files, file, all.flip());
    }

    synchronized boolean contains(PartitionId id) {
        return partitions.contains(id);
    }

    synchronized Set<PartitionId> partitions() {
        return Set.copyOf(partitions);
    }

    /// The partition's directory is there, and its entry on disk. Written, not synced.
    ///
    /// @return false when it was known
    synchronized boolean created(PartitionId id) throws IOException {
        if (partitions.contains(id)) {
            return false;
        }
        append(CREATED, id);
        partitions.add(id);
        return true;
    }

    /// The partition's directory is about to be removed, or will never be looked for again. Written, not synced.
    ///
    /// @return false when it was not known
    synchronized boolean removed(PartitionId id) throws IOException {
        if (!partitions.contains(id)) {
            return false;
        }
        append(REMOVED, id);
        partitions.remove(id);
        return true;
    }

    private void append(byte kind, PartitionId id) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(RECORD_BYTES);
        put(bytes, kind, id);
        bytes.flip();
        try (FileChannel channel = files.open(file, StandardOpenOption.WRITE)) {
            long end = channel.size();
            // behind the last whole record, should an earlier write have failed half way
            channel.position(end - Math.floorMod(end - HEADER_BYTES, RECORD_BYTES));
            Writing.writeFully(files, channel, file, new ByteBuffer[] {bytes});
        }
        unsynced = true;
    }

    /// Puts on disk what was written before.
    void sync() throws IOException {
        synchronized (this) {
            if (!unsynced) {
                return;
            }
            unsynced = false;
        }
        try (FileChannel channel = files.open(file, StandardOpenOption.WRITE)) {
            files.force(channel, file);
        }
    }
}
