package io.sampo.persistence.log;

import io.sampo.core.partition.Invariant;
import io.sampo.core.partition.PartitionLogException;
import io.sampo.core.partition.ReplicaEvent;
import io.sampo.core.partition.ReplicaEvent.BatchAppended;
import io.sampo.core.partition.ReplicaEvent.EpochStarted;
import io.sampo.core.partition.ReplicaEvent.HighWatermarkHint;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// Writes a replica's events: batches to the segments, control events to the meta journal, all of a call or
/// nothing;
/// and puts both on disk.
///
/// Thread rule: that of [FilePartitionLog#append]; the syncs on any thread, beside appends.
final class EventWriter {
    private final LogParts log;
    private final Segments segments;
    private final MetaJournal meta;
    private final ControlState control;
    private final LogHealth health;

    EventWriter(LogParts log) {
        this.log = log;
        this.segments = log.segments();
        this.meta = log.meta();
        this.control = log.control();
        this.health = log.health();
    }

    Appended append(long firstSequenceNr, List<? extends ReplicaEvent> events) {
        synchronized (log.writeLock()) {
            health.checkUsable();
            Invariant.check(
                    firstSequenceNr == control.highestSequenceNr() + 1,
                    "event %d is appended after %d",
                    firstSequenceNr,
                    control.highestSequenceNr());
            LogEnd before = segments.end();
            int metaSize = meta.size();
            long metaNr = meta.lastMetaNr();
            try {
                boolean mustSync = write(firstSequenceNr, events);
                LogEnd after = segments.end();
                control.written(events, firstSequenceNr + events.size() - 1, after.offset());
                return new Appended(after.offset(), after.offset() > before.offset(), mustSync);
            } catch (IOException | RuntimeException failed) {
                takeBack(before, metaSize, metaNr, failed);
                if (failed instanceof IOException) {
                    throw new PartitionLogException(
                            "Appending to " + log.directory() + " failed: " + DataDirectory.describe(failed), failed);
                }
                throw (RuntimeException) failed;
            }
        }
    }

    /// @return whether the meta journal must be synced
    private boolean write(long firstSequenceNr, List<? extends ReplicaEvent> events) throws IOException {
        boolean mustSync = false;
        List<BatchAppended> batches = new ArrayList<>(events.size());
        for (int i = 0; i < events.size(); i++) {
            ReplicaEvent event = events.get(i);
            if (event instanceof BatchAppended batch) {
                batches.add(batch);
                continue;
            }
            flush(batches);
            if (event instanceof EpochStarted started && started.startOffset() > segments.durableEndOffset()) {
                segments.sync(log.parent());
            }
            meta.append(firstSequenceNr + i, segments.end().offset(), event);
            mustSync |= !(event instanceof HighWatermarkHint);
        }
        flush(batches);
        return mustSync;
    }

    private void flush(List<BatchAppended> batches) throws IOException {
        if (!batches.isEmpty()) {
            segments.append(batches);
            batches.clear();
        }
    }

    private void takeBack(LogEnd before, int metaSize, long metaNr, Exception cause) {
        try {
            if (cause instanceof LogCutFailedException cutFailed) {
                throw cutFailed;
            }
            if (segments.end().offset() != before.offset()) {
                segments.cutBackTo(before, cause);
            }
            if (meta.size() != metaSize || meta.isHalfWritten()) {
                meta.cutTo(metaSize, metaNr);
            }
        } catch (IOException failed) {
            health.goOffline("an append failed and could not be taken back: " + DataDirectory.describe(failed), failed);
        }
    }

    long syncLog() {
        health.checkUsable();
        try {
            return segments.sync(log.parent());
        } catch (IOException failed) {
            throw health.goOffline("a sync of the log failed: " + DataDirectory.describe(failed), failed);
        }
    }

    void syncMeta() {
        health.checkUsable();
        try {
            if (meta.sync()) {
                DurableFiles.syncDirectory(log.services().files(), log.directory());
                log.parent().sync();
            }
        } catch (IOException failed) {
            throw health.goOffline("a sync of the meta journal failed: " + DataDirectory.describe(failed), failed);
        }
    }
}
