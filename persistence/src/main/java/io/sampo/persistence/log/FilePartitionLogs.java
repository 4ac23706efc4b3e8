package io.sampo.persistence.log;

import io.sampo.core.partition.LogSettings;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.PartitionLog;
import io.sampo.core.partition.PartitionLogException;
import io.sampo.core.partition.PartitionLogs;
import io.sampo.core.partition.ReplicaId;
import java.util.List;
import java.util.Optional;

/// All partition logs of one data directory.
public final class FilePartitionLogs implements PartitionLogs, AutoCloseable {

    /// @param directory stays the caller's: close it after this
    public FilePartitionLogs(DataDirectory directory, LogStoreSettings settings) {
        throw new UnsupportedOperationException();
    }

    /// Recovers the log of a registered partition, or creates it; the same object again when it is open already.
    ///
    /// Blocking: call it on a thread that may wait for the disk.
    ///
    /// @throws PartitionLogException when it is not registered, was deleted, is offline, or turns out to be damaged
    ///     (it
    ///     is offline from then on)
    public FilePartitionLog open(PartitionId id) {
        throw new UnsupportedOperationException();
    }

    /// Takes the partition out of service until the process starts again. Its files stay as they are.
    public void markOffline(PartitionId id, String reason) {
        throw new UnsupportedOperationException();
    }

    /// Logs that are open and not offline: what retention, compaction and flushing go over.
    public List<FilePartitionLog> openLogs() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void register(PartitionId id, String topic, LogSettings settings) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Optional<PartitionLog> find(PartitionId id) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Optional<String> offlineReason(PartitionId id) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void delete(PartitionId id) {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<PartitionId> onDisk() {
        throw new UnsupportedOperationException();
    }

    @Override
    public ReplicaId self() {
        throw new UnsupportedOperationException();
    }

    @Override
    public String directory() {
        throw new UnsupportedOperationException();
    }

    @Override
    public DiskSpace diskSpace() {
        throw new UnsupportedOperationException();
    }

    /// Syncs and closes all logs, stops the background work.
    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }
}
