package io.sampo.persistence.log;

import io.sampo.core.cluster.BootstrapState;
import io.sampo.core.cluster.Genesis;
import io.sampo.core.cluster.NodeAddress;
import io.sampo.core.partition.ReplicaId;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/// One data directory of a node: its lock, its identity, its partition directories.
///
/// Owned by one process at a time (a lock on `.lock` says so). Thread rule: opened and closed by the node's start
/// and stop; [#syncEntries] from any thread.
public final class DataDirectory implements AutoCloseable {
    private static final String LOCK_FILE = ".lock";

    private final Path path;
    private final FileOps files;
    private final FileChannel lockChannel;
    private final FileLock lock;
    private MetaProperties properties;

    private long entriesChanged;
    private long entriesSynced;

    private DataDirectory(Path path, FileOps files, FileChannel lockChannel, FileLock lock, MetaProperties properties) {
        this.path = path;
        this.files = files;
        this.lockChannel = lockChannel;
        this.lock = lock;
        this.properties = properties;
    }

    /// Opens, and creates where missing, the directory of node `nodeId`.
    ///
    /// @throws DataDirectoryException when another process uses it, it belongs to another node, or it is damaged;
    ///     the
    ///     message says which and is meant for the operator
    public static DataDirectory open(Path path, int nodeId) {
        return open(path, nodeId, FileOps.SYSTEM);
    }

    public static DataDirectory open(Path path, int nodeId, FileOps files) {
        return open(path, OptionalInt.of(nodeId), nodeId, files);
    }

    /// Opens, and creates where missing, the directory of the node that it belongs to.
    ///
    /// @param configured the only node id that is allowed; empty: any
    /// @param whenNew id of a node that has none; -1: it is given one later ([#assignNodeId])
    public static DataDirectory open(Path path, OptionalInt configured, int whenNew) {
        return open(path, configured, whenNew, FileOps.SYSTEM);
    }

    public static DataDirectory open(Path path, OptionalInt configured, int whenNew, FileOps files) {
        Path absolute = path.toAbsolutePath().normalize();
        FileChannel lockChannel = null;
        try {
            Files.createDirectories(absolute);
            lockChannel =
                    FileChannel.open(absolute.resolve(LOCK_FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            FileLock lock = tryLock(lockChannel);
            if (lock == null) {
                throw new DataDirectoryException("The data directory " + absolute
                        + " is in use by another Sampo process. Stop that one, or give this one another directory.");
            }
            return new DataDirectory(
                    absolute, files, lockChannel, lock, identity(absolute, configured, whenNew, files));
        } catch (IOException | DataDirectoryException failed) {
            closeQuietly(lockChannel, failed);
            if (failed instanceof DataDirectoryException clear) {
                throw clear;
            }
            throw new DataDirectoryException(
                    "The data directory " + absolute + " cannot be used: " + describe(failed), failed);
        }
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException sameProcess) {
            return null;
        }
    }

    private static MetaProperties identity(Path directory, OptionalInt configured, int whenNew, FileOps files)
            throws IOException {
        int nodeId = configured.orElse(whenNew);
        Optional<MetaProperties> known = MetaProperties.read(directory);
        if (known.isEmpty()) {
            MetaProperties fresh = new MetaProperties(Optional.empty(), nodeId, Uuid.randomUuid(), Uuid.randomUuid());
            fresh.write(files, directory);
            return fresh;
        }
        if (known.get().nodeId() == MetaProperties.UNASSIGNED && nodeId != MetaProperties.UNASSIGNED) {
            MetaProperties assigned = known.get().withNodeId(nodeId);
            assigned.write(files, directory);
            return assigned;
        }
        if (configured.isPresent() && known.get().nodeId() != nodeId) {
            throw new DataDirectoryException("The data directory " + directory + " belongs to node "
                    + known.get().nodeId() + ", and this is node " + nodeId
                    + ". Use that node id, or another directory.");
        }
        return known.get();
    }

    private static void closeQuietly(@Nullable FileChannel channel, Exception cause) {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException second) {
            cause.addSuppressed(second);
        }
    }

    static String describe(Throwable failure) {
        return failure.getMessage() == null
                ? failure.getClass().getSimpleName()
                : failure.getClass().getSimpleName() + ": " + failure.getMessage();
    }

    /// Absolute.
    public Path path() {
        return path;
    }

    public FileOps files() {
        return files;
    }

    public synchronized MetaProperties properties() {
        return properties;
    }

    public ReplicaId self() {
        MetaProperties now = properties();
        return new ReplicaId(now.nodeId(), now.directoryId());
    }

    /// Remembers the cluster that the node belongs to; synced when this returns.
    ///
    /// @throws DataDirectoryException when the directory already belongs to another cluster
    public synchronized void joinCluster(String clusterId) {
        if (properties.clusterId().isPresent()) {
            if (!properties.clusterId().get().equals(clusterId)) {
                throw new DataDirectoryException("The data directory " + path + " belongs to cluster "
                        + properties.clusterId().get() + ", not to " + clusterId + ".");
            }
            return;
        }
        write(new MetaProperties(
                Optional.of(clusterId), properties.nodeId(), properties.nodeUuid(), properties.directoryId()));
    }

    /// Gives a node without an id the one that it keeps for ever; synced when this returns.
    public synchronized void assignNodeId(int nodeId) {
        if (properties.nodeId() != MetaProperties.UNASSIGNED) {
            throw new IllegalStateException("this is node " + properties.nodeId() + " already");
        }
        write(properties.withNodeId(nodeId));
    }

    private void write(MetaProperties changed) {
        try {
            changed.write(files, path);
        } catch (IOException failed) {
            throw new DataDirectoryException(
                    "Cannot write " + path.resolve(MetaProperties.FILE) + ": " + describe(failed), failed);
        }
        properties = changed;
    }

    /// What this directory knows of a cluster.
    ///
    /// @param self the node at the address that it has now: a directory from before there were several nodes is the
    ///     cluster of this one
    /// @throws DataDirectoryException when what is on disk cannot be read
    public synchronized BootstrapState bootstrapState(Genesis.Voter self) {
        try {
            Optional<BootstrapState> saved = GenesisFile.read(path);
            return saved.orElseGet(() -> properties
                    .clusterId()
                    .<BootstrapState>map(id -> new BootstrapState.Member(Genesis.single(id, self)))
                    .orElse(BootstrapState.Blank.INSTANCE));
        } catch (IOException failed) {
            throw new DataDirectoryException(describe(failed), failed);
        }
    }

    /// Replaces what this directory knows of a cluster: all or nothing, and synced when this returns.
    public synchronized void save(BootstrapState state) {
        try {
            GenesisFile.write(files, path, state);
        } catch (IOException failed) {
            throw new DataDirectoryException(
                    "Cannot write " + path.resolve(GenesisFile.FILE) + ": " + describe(failed), failed);
        }
        if (state instanceof BootstrapState.Member member) {
            joinCluster(member.clusterId());
        }
    }

    /// Where other nodes of the cluster were last seen: hints, which may be missing or old.
    public List<NodeAddress> rememberedNodes() {
        return RememberedNodes.read(path);
    }

    /// @param nodes the others
    public void remember(List<NodeAddress> nodes) {
        RememberedNodes.write(path, nodes);
    }

    /// Directories that look like a partition's, in no order.
    List<Path> partitionDirectories() throws IOException {
        return list(name -> PartitionDirectory.parse(name).isPresent());
    }

    /// Directories that were renamed for removal and not removed yet.
    List<Path> deletedDirectories() throws IOException {
        return list(name -> name.endsWith(PartitionDirectory.DELETE_SUFFIX));
    }

    /// Directories that were set aside.
    List<Path> strayDirectories() throws IOException {
        return list(name -> name.endsWith(PartitionDirectory.STRAY_SUFFIX));
    }

    private List<Path> list(java.util.function.Predicate<String> name) throws IOException {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(path)) {
            for (Path entry : entries) {
                if (name.test(String.valueOf(entry.getFileName())) && Files.isDirectory(entry)) {
                    found.add(entry);
                }
            }
        }
        return found;
    }

    /// Says that an entry was created or renamed.
    ///
    /// @return ticket for [#syncEntries]
    synchronized long entryChanged() {
        return ++entriesChanged;
    }

    /// Returns when the entries up to `ticket` are on disk. One sync serves all partitions that were created before
    /// it, so a topic with many partitions costs few.
    synchronized void syncEntries(long ticket) throws IOException {
        if (entriesSynced >= ticket) {
            return;
        }
        long upTo = entriesChanged;
        DurableFiles.syncDirectory(files, path);
        entriesSynced = upTo;
    }

    /// Gives the lock back.
    @Override
    public void close() {
        try {
            lock.release();
            lockChannel.close();
        } catch (IOException failed) {
            throw new DataDirectoryException("Cannot unlock " + path + ": " + describe(failed), failed);
        }
    }
}
