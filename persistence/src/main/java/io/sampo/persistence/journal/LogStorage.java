package io.sampo.persistence.journal;

import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.ReplicaPersistence;
import io.sampo.persistence.log.FilePartitionLog;
import io.sampo.persistence.log.FilePartitionLogs;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.apache.pekko.actor.AbstractExtensionId;
import org.apache.pekko.actor.ClassicActorSystemProvider;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.Extension;
import org.apache.pekko.actor.ExtensionIdProvider;
import org.apache.pekko.dispatch.Futures;
import org.jspecify.annotations.Nullable;
import scala.concurrent.ExecutionContext;
import scala.concurrent.Future;

/// Gives the journal and snapshot plugins of an actor system the logs of its node, and the group commit over them.
/// The node calls [#start] before its first replica starts and [#close] after its last one stopped.
///
/// Thread rule: any thread.
public final class LogStorage implements Extension, AutoCloseable {
    private static final Id ID = new Id();

    private final int syncThreads;
    private final ConcurrentHashMap<PartitionId, ReplicaStore> stores = new ConcurrentHashMap<>();
    private int pruneAtSize = 64;
    private volatile @Nullable Opened opened;

    private LogStorage(int syncThreads) {
        this.syncThreads = syncThreads;
    }

    public static LogStorage get(ClassicActorSystemProvider system) {
        return ID.get(system);
    }

    /// @param logs stays the caller's: close it after this
    public synchronized void start(FilePartitionLogs logs) {
        if (opened != null) {
            throw new IllegalStateException("the log storage of this actor system has been started already");
        }
        opened = new Opened(logs, new GroupCommit(syncThreads));
    }

    /// Syncs what waits and ends the sync threads.
    @Override
    public synchronized void close() {
        if (opened != null) {
            opened.groupCommit.close();
        }
    }

    /// The store of a replica, once its log was opened.
    Optional<ReplicaStore> find(PartitionId id) {
        return Optional.ofNullable(stores.get(id));
    }

    /// Runs `work` on `blockingIo` once the writes of that replica that are under way have ended. Fails when the
    /// persistence id is not one of a replica.
    <T> Future<T> afterWrites(String persistenceId, Function<PartitionId, T> work, ExecutionContext blockingIo) {
        PartitionId id;
        try {
            id = partition(persistenceId);
        } catch (IllegalArgumentException foreign) {
            return Futures.failed(foreign);
        }
        return find(id).map(ReplicaStore::whenQuiet)
                .orElseGet(() -> Futures.<Void>successful(null))
                .map(_ -> work.apply(id), blockingIo);
    }

    /// Opens (recovers, or creates) the log unless it is open. Blocking.
    ///
    /// @throws io.sampo.core.partition.PartitionLogException when the log cannot be used
    ReplicaStore open(PartitionId id) {
        Opened node = node();
        FilePartitionLog log = node.logs.open(id);
        ReplicaStore store = stores.compute(
                id,
                (_, old) -> old != null && old.log() == log ? old : new ReplicaStore(node.logs, log, node.groupCommit));
        prune(node.logs);
        return store;
    }

    /// @throws IllegalArgumentException when the persistence id is not one of a replica
    static PartitionId partition(String persistenceId) {
        try {
            return ReplicaPersistence.parse(persistenceId);
        } catch (IllegalArgumentException foreign) {
            throw new IllegalArgumentException(
                    "Sampo's journal keeps the histories of replicas only: " + foreign.getMessage(), foreign);
        }
    }

    public GroupCommit groupCommit() {
        return node().groupCommit;
    }

    /// Stores of deleted partitions are forgotten now and then, at a cost that does not grow with each open.
    private synchronized void prune(FilePartitionLogs logs) {
        if (stores.size() >= pruneAtSize) {
            stores.keySet().removeIf(id -> logs.find(id).isEmpty());
            pruneAtSize = Math.max(64, stores.size() * 2);
        }
    }

    private Opened node() {
        Opened node = opened;
        if (node == null) {
            throw new IllegalStateException(
                    "a replica started before the node called LogStorage.get(system).start(logs)");
        }
        return node;
    }

    private record Opened(FilePartitionLogs logs, GroupCommit groupCommit) {}

    private static final class Id extends AbstractExtensionId<LogStorage> implements ExtensionIdProvider {
        @Override
        public LogStorage createExtension(ExtendedActorSystem system) {
            return new LogStorage(system.settings().config().getInt("sampo.persistence.sync-threads"));
        }

        @Override
        public Id lookup() {
            return this;
        }
    }
}
