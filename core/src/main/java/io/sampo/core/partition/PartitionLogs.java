package io.sampo.core.partition;

import java.util.List;
import java.util.Optional;

/// Port to all logs of this node.
///
/// Thread rule: any thread. `delete` only renames (removal follows in the background), the others touch no file.
public interface PartitionLogs {

    /// Makes the partition known before its replica starts, with the name of its directory and its settings; the
    /// files are opened (and recovered, or created) when the replica recovers. Registering again replaces the
    /// settings.
    void register(PartitionId id, String topic, LogSettings settings);

    /// The log once its replica has recovered; empty before that and after [#delete].
    Optional<PartitionLog> find(PartitionId id);

    /// Why the partition is offline, if it is: the message of the I/O error or of the damage.
    Optional<String> offlineReason(PartitionId id);

    /// Renames the directory so that it is never opened again and removes it later (`file.delete.delay.ms`).
    void delete(PartitionId id);

    /// Every partition that has a directory here, opened or not.
    List<PartitionId> onDisk();

    /// Identity of the data directory, kept in its `meta.properties`.
    ReplicaId self();

    /// Absolute path of the data directory, as DescribeLogDirs shows it.
    String directory();

    /// Total and usable bytes of the file system that holds the directory.
    DiskSpace diskSpace();

    record DiskSpace(long totalBytes, long usableBytes) {}
}
