package io.sampo.persistence.journal;

import io.sampo.core.partition.LogSettings;
import io.sampo.core.partition.PartitionLogException;
import io.sampo.core.partition.ReplicaEvent;
import io.sampo.core.partition.ReplicaEvent.CleanClose;
import io.sampo.core.partition.ReplicaEvent.EpochStarted;
import io.sampo.core.partition.ReplicaEvent.Opened;
import io.sampo.persistence.log.Appended;
import io.sampo.persistence.log.FilePartitionLog;
import io.sampo.persistence.log.FilePartitionLogs;
import io.sampo.persistence.log.StoredCheckpoint;
import java.util.ArrayList;
import java.util.List;
import org.apache.pekko.dispatch.Futures;
import org.jspecify.annotations.Nullable;
import scala.concurrent.Future;
import scala.concurrent.Promise;

/// Writes the events of one replica and says when they count: at once when the topic does not wait for the disk,
/// else after the next turn of the group commit.
///
/// What may block (an epoch marker, a clean close and the opening sync the log before them, a gap in the offsets is
/// noted) runs in the log's turn on a sync thread, so the plugin's thread never waits for the disk.
///
/// Thread rule: [#write] on the thread of the journal plugin; the futures complete on a sync thread, or are
/// complete.
final class ReplicaStore extends GroupCommit.Member {

    /// The one answer of a write that succeeded, already complete: it costs nothing and moves to no other thread.
    private static final Future<Void> DONE = Futures.<Void>successful(null);

    private final FilePartitionLogs logs;
    private final FilePartitionLog log;
    private final GroupCommit groupCommit;
    private final boolean internalTopic;
    private final Object checkpointLock = new Object();

    private volatile long loadedSequenceNr;

    // Guarded by this.
    private List<Waiting> waiting = new ArrayList<>();
    private boolean logWanted;
    private boolean metaWanted;
    private int tasks;
    private boolean running;
    private long recordsSinceSync;
    /// A turn of this log will come by `flush.ms`. False from the moment that a turn begins: what is written then waits
    /// for
    /// the next one.
    private boolean intervalSyncAwaited;

    ReplicaStore(FilePartitionLogs logs, FilePartitionLog log, GroupCommit groupCommit) {
        this.logs = logs;
        this.log = log;
        this.groupCommit = groupCommit;
        this.internalTopic = LogSettings.isAlwaysSynced(log.topic());
    }

    FilePartitionLog log() {
        return log;
    }

    /// First event that can still be replayed: the one after the oldest checkpoint.
    ///
    /// @param wanted when it follows the checkpoint that was loaded last, as in every recovery, nothing is read
    long firstReplayable(long wanted) {
        if (wanted == loadedSequenceNr + 1 && loadedSequenceNr > 0) {
            return wanted;
        }
        synchronized (checkpointLock) {
            List<StoredCheckpoint> checkpoints = log.checkpoints();
            return checkpoints.isEmpty() ? 1 : checkpoints.getLast().sequenceNr() + 1;
        }
    }

    void loaded(StoredCheckpoint checkpoint) {
        loadedSequenceNr = checkpoint.sequenceNr();
    }

    /// Held while checkpoints are read or written; never on the way of an append.
    Object checkpointLock() {
        return checkpointLock;
    }

    /// @return failed when nothing of it was stored, or when it is unknown whether it was (a failed sync)
    Future<Void> write(long firstSequenceNr, List<ReplicaEvent> events) {
        if (mayBlock(events)) {
            return enqueue(new Waiting(() -> appendInTurn(firstSequenceNr, events)), true, true);
        }
        Appended appended;
        try {
            appended = log.append(firstSequenceNr, events);
        } catch (PartitionLogException failed) {
            return Futures.failed(failed);
        }
        LogSettings settings = log.settings();
        boolean syncLog = appended.logWritten() && waitsForDisk();
        if (syncLog || appended.metaMustBeSynced()) {
            return enqueue(new Waiting(null), syncLog, appended.metaMustBeSynced());
        }
        if (appended.logWritten() && hasInterval(settings)) {
            syncByInterval(settings, events);
        }
        return DONE;
    }

    /// Complete when everything that was written before has been answered.
    Future<Void> whenQuiet() {
        synchronized (this) {
            if (waiting.isEmpty() && !running) {
                return DONE;
            }
        }
        return enqueue(new Waiting(null), false, false);
    }

    private synchronized boolean mayBlock(List<ReplicaEvent> events) {
        if (tasks > 0) {
            return true;
        }
        for (ReplicaEvent event : events) {
            if (event instanceof EpochStarted || event instanceof CleanClose || event instanceof Opened) {
                return true;
            }
        }
        return log.mustNoteGap(events);
    }

    private Future<Void> enqueue(Waiting entry, boolean syncLog, boolean syncMeta) {
        synchronized (this) {
            waiting.add(entry);
            logWanted |= syncLog;
            metaWanted |= syncMeta;
            if (entry.task != null) {
                tasks++;
            }
        }
        groupCommit.submit(this);
        return entry.promise.future();
    }

    /// A clean close says that the log was synced before it. What a killed process left in the page cache counts as
    /// durable once the replica was opened, so it is synced with that where the topic waits for the disk.
    private void appendInTurn(long firstSequenceNr, List<ReplicaEvent> events) {
        boolean opens = events.stream().anyMatch(Opened.class::isInstance);
        if (events.getLast() instanceof CleanClose || opens && waitsForDisk()) {
            log.syncLog();
        }
        log.append(firstSequenceNr, events);
    }

    private boolean waitsForDisk() {
        return internalTopic || log.settings().syncBeforeAcknowledge();
    }

    @Override
    protected void sync() {
        List<Waiting> round;
        boolean syncLog;
        boolean syncMeta;
        synchronized (this) {
            round = waiting;
            waiting = new ArrayList<>();
            syncLog = logWanted;
            syncMeta = metaWanted;
            logWanted = false;
            metaWanted = false;
            recordsSinceSync = 0;
            intervalSyncAwaited = false;
            running = true;
        }
        for (Waiting entry : round) {
            entry.runTask();
        }
        Throwable failure = syncFiles(syncLog, syncMeta);
        synchronized (this) {
            running = false;
            for (Waiting entry : round) {
                tasks -= entry.task == null ? 0 : 1;
            }
        }
        for (Waiting entry : round) {
            entry.complete(failure);
        }
    }

    private @Nullable Throwable syncFiles(boolean syncLog, boolean syncMeta) {
        if (!syncLog && !syncMeta) {
            return null;
        }
        if (log.isClosed()) {
            // Handed over to another store; recovery and its first events sync what is left.
            return new PartitionLogException("the log of " + log.id() + " was closed");
        }
        try {
            if (syncLog) {
                log.syncLog();
            }
            if (syncMeta) {
                log.syncMeta();
            }
            return null;
        } catch (RuntimeException failed) {
            // The page cache's state is unknown now: never tried again.
            logs.markOffline(log.id(), String.valueOf(failed.getMessage()));
            return failed;
        }
    }

    private static boolean hasInterval(LogSettings settings) {
        return settings.flushMs() < Long.MAX_VALUE || settings.flushMessages() < Long.MAX_VALUE;
    }

    /// `flush.messages` above 1 and `flush.ms`: nobody waits, the sync comes in the background.
    private synchronized void syncByInterval(LogSettings settings, List<ReplicaEvent> events) {
        for (ReplicaEvent event : events) {
            if (event instanceof ReplicaEvent.BatchAppended appended) {
                recordsSinceSync +=
                        appended.header().nextOffset() - appended.header().baseOffset();
            }
        }
        logWanted = true;
        if (recordsSinceSync >= settings.flushMessages()) {
            groupCommit.submit(this);
        } else if (settings.flushMs() < Long.MAX_VALUE && !intervalSyncAwaited) {
            intervalSyncAwaited = true;
            groupCommit.submitLater(this, settings.flushMs());
        }
    }

    /// One write (or question) that is answered after the turn.
    private static final class Waiting {
        private final @Nullable Runnable task;
        private final Promise<Void> promise = Futures.promise();
        private @Nullable RuntimeException failure;

        Waiting(@Nullable Runnable task) {
            this.task = task;
        }

        void runTask() {
            if (task == null) {
                return;
            }
            try {
                task.run();
            } catch (RuntimeException failed) {
                failure = failed;
            }
        }

        void complete(@Nullable Throwable syncFailure) {
            Throwable cause = failure != null ? failure : syncFailure;
            if (cause != null) {
                promise.failure(cause);
            } else {
                promise.success(null);
            }
        }
    }
}
