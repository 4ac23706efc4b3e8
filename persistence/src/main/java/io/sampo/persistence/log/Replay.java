package io.sampo.persistence.log;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Gives the events after a checkpoint again. Batches come from their headers in the log.
final class Replay {
    private final Segments segments;
    private final LogReader reader;
    private final OpenFiles openFiles;
    private long left;

    Replay(Segments segments, LogReader reader, OpenFiles openFiles) {
        this.segments = segments;
        this.reader = reader;
        this.openFiles = openFiles;
    }

    /// @param base the newest checkpoint before `from`; null: from the beginning of the log
    /// @return number of the last event that was looked at
    long run(
            Checkpoints.@Nullable Place base,
            List<MetaRecord> records,
            long from,
            long to,
            long max,
            EventVisitor visitor)
            throws IOException {
        left = max;
        long covered = base == null ? 0 : base.sequenceNr();
        EventNumbering numbering =
                new EventNumbering(EventNumbering.eventsAfter(records, covered), covered, (sequenceNr, event) -> {
                    if (sequenceNr > to) {
                        left = 0;
                    }
                    if (sequenceNr >= from && left > 0) {
                        left--;
                        visitor.visit(sequenceNr, event);
                    }
                });
        LogEnd end = segments.end();
        long first = segments.list()[0].baseOffset;
        batches(Math.max(first, base == null ? first : base.logEndOffset()), end, numbering);
        return numbering.finish();
    }

    private void batches(long fromOffset, LogEnd end, EventNumbering numbering) throws IOException {
        Location start = reader.locate(fromOffset, end);
        if (start == null) {
            return;
        }
        Segment[] list = segments.list();
        for (int i = LogReader.floor(list, start.segment().baseOffset); i < list.length && left > 0; i++) {
            Segment segment = list[i];
            if (segment.baseOffset > end.active().baseOffset) {
                return;
            }
            int size = segment == end.active() ? end.position() : segment.size;
            int position = segment == start.segment() ? start.position() : 0;
            OpenFile file = openFiles.acquire(segment.handle);
            try {
                BatchScanner scanner = new BatchScanner(file.channel, segment.handle.path(), position, size);
                while (left > 0 && scanner.next()) {
                    numbering.batch(scanner.header());
                }
            } finally {
                file.release();
            }
        }
    }
}
