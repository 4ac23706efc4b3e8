package io.sampo.persistence.log;

import io.sampo.core.partition.Invariant;
import io.sampo.core.partition.PartitionLogException;
import java.io.IOException;
import java.util.List;

/// The history of a replica as recovery reads it: checkpoints and the events after them. Stores checkpoints, drops
/// the control events that none of them needs, cuts the history's end.
///
/// Thread rule: that of [FilePartitionLog]'s methods of the same names.
final class EventHistory {
    private static final int META_BYTES_WORTH_TRIMMING = 16 * 1024;

    private final LogParts log;
    private final Segments segments;
    private final MetaJournal meta;
    private final Checkpoints checkpoints;
    private final ControlState control;
    private final LogHealth health;
    private final EventWriter writer;

    EventHistory(LogParts log, EventWriter writer) {
        this.log = log;
        this.segments = log.segments();
        this.meta = log.meta();
        this.checkpoints = log.checkpoints();
        this.control = log.control();
        this.health = log.health();
        this.writer = writer;
    }

    void replay(long fromSequenceNr, long toSequenceNr, long max, EventVisitor visitor) {
        if (max <= 0 || fromSequenceNr > toSequenceNr) {
            return;
        }
        health.checkUsable();
        try {
            newReplay().run(checkpoints.before(fromSequenceNr), readMeta(), fromSequenceNr, toSequenceNr, max, visitor);
        } catch (IOException failed) {
            throw health.failure("Replaying the events of", failed);
        }
    }

    private Replay newReplay() {
        return new Replay(segments, log.reader(), log.services().openFiles());
    }

    private List<MetaRecord> readMeta() throws IOException {
        synchronized (log.writeLock()) {
            return meta.read();
        }
    }

    List<StoredCheckpoint> checkpoints() {
        try {
            return checkpoints.readAll();
        } catch (IOException failed) {
            throw health.failure("Reading a checkpoint of", failed);
        }
    }

    void writeCheckpoint(StoredCheckpoint checkpoint) {
        health.checkUsable();
        if (checkpoint.sequenceNr() < control.lastCut() || control.awaitsTruncation()) {
            throw new PartitionLogException("Checkpoint " + checkpoint.sequenceNr() + " of " + log.directory()
                    + " is of the log before it was cut");
        }
        long logEndOffset = checkpoint.checkpoint().logEndOffset();
        Invariant.check(
                logEndOffset <= segments.end().offset() && checkpoint.sequenceNr() <= control.highestSequenceNr(),
                "checkpoint of event %d at offset %d, and the log has event %d at offset %d",
                checkpoint.sequenceNr(),
                logEndOffset,
                control.highestSequenceNr(),
                segments.end().offset());
        try {
            Segments.Summary summary = segments.summarize();
            long metaNr = meta.lastMetaNr();
            writer.syncLog();
            writer.syncMeta();
            LogEnd end = summary.end();
            Location place = logEndOffset == end.offset()
                    ? new Location(end.active(), end.position(), end.offset())
                    : log.reader().locate(logEndOffset, end);
            Segment at = place == null ? end.active() : place.segment();
            checkpoints.write(
                    new CheckpointFile(
                            checkpoint,
                            end.offset(),
                            at.baseOffset,
                            place == null ? end.position() : place.position(),
                            metaNr,
                            summary.segments()),
                    log.services().settings().checkpointsKept());
            synchronized (log.writeLock()) {
                control.pruneMarkers(checkpoint.checkpoint().logStartOffset());
            }
            trimMeta();
        } catch (IOException failed) {
            throw health.failure("Writing a checkpoint of", failed);
        }
    }

    private void trimMeta() throws IOException {
        Checkpoints.Place oldest = checkpoints.oldest();
        int wanted = Math.min(2, log.services().settings().checkpointsKept());
        if (oldest != null && checkpoints.places().size() >= wanted && meta.size() > META_BYTES_WORTH_TRIMMING) {
            trimMetaTo(oldest.sequenceNr());
        }
    }

    void deleteCheckpoint(long sequenceNr) {
        try {
            List<Checkpoints.Place> places = checkpoints.places();
            List<MetaRecord> records = readMeta();
            boolean needed = places.size() == 1
                    && !records.isEmpty()
                    && records.getFirst().metaNr() > 1;
            if (needed && places.getFirst().sequenceNr() == sequenceNr) {
                throw new PartitionLogException("The only checkpoint of " + log.directory()
                        + " cannot be deleted: it stands for control events that were dropped");
            }
            checkpoints.delete(sequenceNr);
        } catch (IOException failed) {
            throw health.failure("Deleting a checkpoint of", failed);
        }
    }

    void trimMetaTo(long sequenceNr) {
        synchronized (log.writeLock()) {
            health.checkUsable();
            Checkpoints.Place oldest = checkpoints.oldest();
            if (oldest == null) {
                return;
            }
            try {
                meta.trimTo(Math.min(sequenceNr, oldest.sequenceNr()));
            } catch (IOException failed) {
                throw health.goOffline("trimming the meta journal failed: " + DataDirectory.describe(failed), failed);
            }
        }
    }

    /// Of the newest checkpoint that no truncation can take away.
    long checkpointEndOffset() {
        Checkpoints.Place committed = checkpoints.newestCommitted();
        return committed == null ? 0 : committed.logEndOffset();
    }
}
