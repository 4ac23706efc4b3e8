package io.sampo.persistence.log;

import io.sampo.core.partition.BatchHeader;
import io.sampo.core.partition.ReplicaEvent;
import io.sampo.core.partition.ReplicaEvent.TruncateIntent;
import java.util.List;

/// Merges the control events and the batches after a checkpoint into the one history that the replica persisted,
/// and gives them their sequence numbers back.
///
/// A control event stands after the batches that were there when it was written (its `logEndOffset`), less what was
/// cut or lost later. Its number is stored, a batch's is one more than its predecessor's. Where batches were lost or
/// cut
/// before a control event, a gap is left before that event's number; numbers never repeat and never fall.
final class EventNumbering {
    private final List<MetaRecord> controls;
    private final long[] place;
    private final EventVisitor visitor;
    private int nextControl;
    private long last;

    /// @param controls events after the checkpoint, oldest first
    /// @param after number of the last event that the checkpoint covers
    EventNumbering(List<MetaRecord> controls, long after, EventVisitor visitor) {
        this.controls = controls;
        this.visitor = visitor;
        this.last = after;
        this.place = new long[controls.size()];
        long cut = Long.MAX_VALUE;
        for (int i = controls.size() - 1; i >= 0; i--) {
            MetaRecord control = controls.get(i);
            if (control.event() instanceof TruncateIntent intent) {
                cut = Math.min(cut, intent.toOffset());
            }
            // A log that was shorter at a later control event had lost its tail in between.
            cut = Math.min(cut, control.logEndOffset());
            place[i] = cut;
        }
    }

    static List<MetaRecord> eventsAfter(List<MetaRecord> records, long sequenceNr) {
        return records.stream()
                .filter(record -> record.event() != null && record.sequenceNr() > sequenceNr)
                .toList();
    }

    void batch(BatchHeader header) {
        // A place within the batch is the start of a log that began in the middle of it.
        while (nextControl < controls.size() && place[nextControl] <= header.lastOffset()) {
            control();
        }
        visitor.visit(++last, new ReplicaEvent.BatchAppended(header, null));
    }

    /// After the last batch.
    ///
    /// @return number of the last event
    long finish() {
        while (nextControl < controls.size()) {
            control();
        }
        return last;
    }

    private void control() {
        MetaRecord record = controls.get(nextControl++);
        last = Math.max(last + 1, record.sequenceNr());
        ReplicaEvent event = record.event();
        if (event != null) {
            visitor.visit(last, event);
        }
    }
}
