package io.sampo.persistence.log;

import io.sampo.core.partition.Invariant;
import io.sampo.core.partition.PartitionLogException;
import io.sampo.core.partition.ReplicaEvent;
import io.sampo.core.partition.ReplicaEvent.BatchAppended;
import io.sampo.core.partition.ReplicaEvent.EpochStarted;
import io.sampo.core.partition.ReplicaEvent.HighWatermarkHint;
import io.sampo.core.partition.ReplicaEvent.Opened;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Writes a replica's events: batches to the segments, control events to the meta journal, all of a call or
/// nothing;
/// and puts both on disk.
///
/// Thread rule: that of [FilePartitionLog#append]; the syncs on any thread, beside appends.
final class EventWriter {
    private static final Logger LOG = LoggerFactory.getLogger(EventWriter.class);

    private final LogParts log;
    private final Segments segments;
    private final MetaJournal meta;
    private final ControlState control;
    private final LogHealth health;

    /// An `Opened` was written and may not be on disk yet.
    private volatile boolean opened;

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
            if (control.awaitsTruncation()) {
                throw new PartitionLogException(log.directory() + " is to be cut before anything more is written");
            }
            refuseOnFullDisk(events);
            beginBelowLogStart(events);
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

    private void refuseOnFullDisk(List<? extends ReplicaEvent> events) {
        String refusal = log.services().reserve().refusal();
        if (refusal != null && events.stream().anyMatch(BatchAppended.class::isInstance)) {
            // A cause from outside: it goes away, and then the partition is opened again.
            throw new PartitionLogException(
                    "Appending to " + log.directory() + " is refused: " + refusal, new IOException(refusal));
        }
    }

    /// A log that is empty from its start on may begin in the middle of its first batch.
    private void beginBelowLogStart(List<? extends ReplicaEvent> events) {
        long end = segments.end().offset();
        if (end != control.logStartOffset()) {
            return;
        }
        for (ReplicaEvent event : events) {
            if (event instanceof BatchAppended first) {
                if (first.header().baseOffset() < end && first.header().lastOffset() >= end) {
                    beginAt(first.header().baseOffset());
                }
                return;
            }
        }
    }

    private void beginAt(long baseOffset) {
        try {
            segments.beginAt(baseOffset);
        } catch (IOException failed) {
            throw health.goOffline("an empty segment was not replaced: " + DataDirectory.describe(failed), failed);
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
                syncLog();
            } else if (event instanceof Opened) {
                // From now on the log ends where it starts, if a machine crash took more than that.
                segments.extendTo(control.logStartOffset());
                opened = true;
            }
            meta.append(firstSequenceNr + i, segments.end().offset(), event);
            mustSync |= !(event instanceof HighWatermarkHint);
        }
        flush(batches);
        return mustSync;
    }

    private void flush(List<BatchAppended> batches) throws IOException {
        if (!batches.isEmpty()) {
            noteGaps(batches);
            segments.append(batches);
            batches.clear();
        }
    }

    /// Whether the batches begin or go on behind a gap that is not noted yet: they wait for a sync of the journal.
    boolean mustNoteGap(List<? extends ReplicaEvent> events) {
        long end = segments.end().offset();
        for (ReplicaEvent event : events) {
            if (event instanceof BatchAppended batch) {
                if (batch.header().baseOffset() > end && end < meta.gapsFrom()) {
                    return true;
                }
                end = batch.header().nextOffset();
            }
        }
        return false;
    }

    /// Recovery takes a gap for damage unless the journal says, on disk before it, that there may be some.
    private void noteGaps(List<BatchAppended> batches) throws IOException {
        long end = segments.end().offset();
        for (BatchAppended batch : batches) {
            if (batch.header().baseOffset() > end && end < meta.gapsFrom()) {
                meta.noteGaps(end);
                syncMeta();
                return;
            }
            end = batch.header().nextOffset();
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
            throw health.syncFailed("the log", failed);
        }
    }

    void syncMeta() {
        health.checkUsable();
        boolean openedBefore = opened;
        try {
            if (meta.sync()) {
                DurableFiles.syncDirectory(log.services().files(), log.directory());
                log.parent().sync();
            }
        } catch (IOException failed) {
            throw health.syncFailed("the meta journal", failed);
        }
        if (openedBefore) {
            opened = false;
            forgetDamage();
        }
    }

    /// The replica has said in its journal what it makes of the damage.
    private void forgetDamage() {
        try {
            log.damage().clear();
        } catch (IOException failed) {
            LOG.warn("{}: the next start is told of damage again: {}", log.directory(), DataDirectory.describe(failed));
        }
    }
}
