package io.sampo.streams.fetch;

import static io.sampo.streams.fetch.FetchSimulation.check;
import static java.util.Objects.requireNonNull;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;

/// Watches what one reading of a partition delivers: in order, once, without a gap; and in the end all that is
/// readable. A truncation takes delivered records back, and those that took their place are delivered instead.
final class ReadingChecker {
    private final TopicPartition partition;
    private final StartPosition where;
    private final TreeMap<Long, Long> delivered = new TreeMap<>();
    private long firstOffset = -1;
    private long nextOffset = -1;
    private final boolean resetsToLatest;
    private final long truncationsBefore;
    /// Offsets that a reset to the log's end has left out, by first offset, with their exclusive end.
    private final TreeMap<Long, Long> leftOut = new TreeMap<>();
    private boolean ended;

    ReadingChecker(TopicPartition partition, StartPosition where, ResetPolicy policy, ModelLog log) {
        this.partition = partition;
        this.where = where;
        this.resetsToLatest = policy.kind() == ResetPolicy.Kind.LATEST;
        this.truncationsBefore = log.truncations.size();
    }

    /// @param chunk was just handed out
    void delivered(Chunk chunk, ModelLog log) {
        check(!ended, chunk + " comes after the end");
        if (nextOffset < 0) {
            firstOffset = chunk.firstOffset();
            if (where.start() instanceof StartPosition.AtOffset at && firstOffset != at.offset()) {
                jumped(firstOffset, at.offset(), log);
            }
        } else if (chunk.firstOffset() != nextOffset) {
            jumped(chunk.firstOffset(), nextOffset, log);
        }
        long last = chunk.firstOffset() - 1;
        try (RecordCursor records = chunk.records()) {
            while (records.hasNext()) {
                FetchedRecord record = records.next();
                check(record.offset() > last, "offset " + record.offset() + " after " + last + " in " + chunk);
                check(record.offset() < chunk.nextOffset(), "offset " + record.offset() + " beyond " + chunk);
                last = record.offset();
                ByteBuffer value = requireNonNull(record.value());
                delivered.put(record.offset(), value.getLong(value.position()));
            }
        }
        nextOffset = chunk.nextOffset();
        ended = chunk.endReached();
    }

    /// Allowed are: back to where the log was truncated, forward to a log start that retention has moved, and with that
    /// policy to what was the log's end just then.
    private void jumped(long to, long from, ModelLog log) {
        check(
                to < from && log.truncations.contains(to)
                        || log.starts.contains(to) && isReset(log)
                        || resetsToLatest && isReset(log),
                partition + " jumped from " + from + " to " + to);
        // A truncation may lie between that nothing was handed out of: what it took is gone for good.
        long truncatedTo = log.truncations.stream()
                .skip(truncationsBefore)
                .mapToLong(offset -> offset)
                .filter(offset -> offset < from)
                .min()
                .orElse(from);
        if (resetsToLatest) {
            delivered.tailMap(Math.min(to, truncatedTo), true).clear();
            leftOut.merge(truncatedTo, to, Math::max);
        } else {
            boolean backToTruncation = to < from && log.truncations.contains(to);
            delivered
                    .tailMap(backToTruncation ? to : Math.min(to, truncatedTo), true)
                    .clear();
        }
    }

    /// A position out of range is reset, to where the log begins or ends just then.
    private static boolean isReset(ModelLog log) {
        return log.starts.size() > 1 || !log.truncations.isEmpty();
    }

    void finished(ModelLog log, PartitionProgress progress, IsolationLevel isolationLevel) {
        boolean committed = isolationLevel == IsolationLevel.READ_COMMITTED;
        boolean bounded = !(where.end() instanceof StartPosition.Never);
        check(bounded == ended, partition + " " + where + " has " + (ended ? "ended" : "not ended: ") + progress);
        check(
                ended || progress.position() == log.endOffset,
                partition + " is at " + progress + ", and the log ends at " + log.endOffset);
        long stood = nextOffset < 0 && where.start() instanceof StartPosition.AtOffset at ? at.offset() : nextOffset;
        if (stood >= 0 && progress.position() != stood) {
            jumped(progress.position(), stood, log);
        }
        // Whoever is at the end does not look back: what was truncated since may have been handed out.
        long certain = !ended
                ? Long.MAX_VALUE
                : log.truncations.stream()
                        .skip(truncationsBefore)
                        .mapToLong(offset -> offset)
                        .min()
                        .orElse(Long.MAX_VALUE);
        long end = Math.min(certain, Math.min(progress.endOffset(), log.endOffset));
        Map<Long, Long> once = log.visible(log.history.values(), committed);
        delivered
                .headMap(certain)
                .forEach((offset, value) -> check(
                        value.equals(once.get(offset)),
                        partition + " delivered " + value + " at " + offset + ", where " + once.get(offset)
                                + " was readable"));
        check(delivered.isEmpty() || delivered.lastKey() < progress.endOffset(), "nothing beyond the end");
        long from = where.start() instanceof StartPosition.AtOffset at ? at.offset() : firstOffset;
        TreeMap<Long, Long> present = log.visible(List.copyOf(log.batches), committed);
        long first = from < 0 ? end : Math.min(Math.max(from, log.logStartOffset), end);
        present.subMap(first, end)
                .forEach((offset, value) -> check(
                        value.equals(delivered.get(offset)) || isLeftOut(offset),
                        partition + " " + where + " did not deliver " + value + " at " + offset + " but "
                                + delivered.get(offset) + "; " + progress));
    }

    private boolean isLeftOut(long offset) {
        return leftOut.headMap(offset, true).values().stream().anyMatch(until -> offset < until);
    }
}
