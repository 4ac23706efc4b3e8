package io.sampo.streams.fetch;

import static io.sampo.streams.fetch.FetchSimulation.check;
import static java.util.Objects.requireNonNull;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;

/// Watches what one reading of a partition delivers. It hears the brokers' answers too, so it knows to the offset
/// where each chunk has to begin: where the one before ended, or where an answer has led to. In the end all that is
/// readable was delivered, as it stands in the log; left out may be only what retention took, and with
/// `auto.offset.reset=latest` what lies between a position out of range and the log's end just then.
final class ReadingChecker {
    /// A reset; chunks that wait come before it.
    private record Jump(long from, long to) {}

    /// Offsets, `until` exclusive, that may have been handed out as they were before a truncation.
    ///
    /// @param epoch with which the reading learns of it
    private record Uncertain(long from, long until, int epoch) {}

    private final TopicPartition partition;
    private final StartPosition where;
    private final boolean resetsToLatest;
    private final TreeMap<Long, Long> delivered = new TreeMap<>();
    private final ArrayDeque<Jump> jumps = new ArrayDeque<>();
    private final Set<Long> outOfRange = new HashSet<>();
    private final List<Uncertain> uncertain = new ArrayList<>();
    private final List<Uncertain> truncated = new ArrayList<>();
    /// Offsets that a reset to the log's end has left out, by first offset, with their exclusive end.
    private final TreeMap<Long, Long> leftOut = new TreeMap<>();
    /// The smallest offset from which on everything is to come; -1 until it was looked up, as the next two.
    private long fromOffset = -1;
    private long nextOffset = -1;
    private long endOffset = -1;
    private boolean ended;

    ReadingChecker(TopicPartition partition, StartPosition where, ResetPolicy policy) {
        this.partition = partition;
        this.where = where;
        this.resetsToLatest = policy.kind() == ResetPolicy.Kind.LATEST;
        if (where.start() instanceof StartPosition.AtOffset at) {
            fromOffset = at.offset();
            nextOffset = at.offset();
        }
        if (where.end() instanceof StartPosition.BeforeOffset before) {
            endOffset = before.offset();
        } else if (where.end() instanceof StartPosition.Never) {
            endOffset = EndRule.NEVER;
        }
    }

    boolean isBounded() {
        return !(where.end() instanceof StartPosition.Never);
    }

    // --- what the brokers said

    void toldOutOfRange(long position) {
        outOfRange.add(position);
    }

    /// @param position from which it was asked; negative for the first time
    void toldStart(long position, long offset) {
        if (position < 0) {
            fromOffset = offset;
            nextOffset = offset;
            return;
        }
        check(outOfRange.remove(position), partition + " is reset at " + position + ", which was not out of range");
        jumps.add(new Jump(position, offset));
        jump();
    }

    void toldEnd(long offset) {
        check(endOffset < 0, partition + " asks for its end once");
        endOffset = offset;
    }

    /// @param position that was compared with the log of the leader of `leaderEpoch`
    void toldEpochEnd(long position, long epochEnd, int leaderEpoch) {
        uncertain.removeIf(some -> some.epoch() <= leaderEpoch);
        if (epochEnd < position) {
            jumps.clear();
            nextOffset = Math.min(nextOffset, epochEnd);
            readAgain(nextOffset);
        }
    }

    /// @param until exclusive end of what was taken
    /// @param nextEpoch of the leadership that took it; with [Integer#MAX_VALUE] nobody can learn of it
    void truncated(long from, long until, int nextEpoch) {
        truncated.add(new Uncertain(from, until, nextEpoch));
        // Whoever is at its end does not look back.
        if (isBounded() || nextEpoch == Integer.MAX_VALUE) {
            uncertain.add(new Uncertain(from, until, nextEpoch));
        }
    }

    private void jump() {
        while (!jumps.isEmpty() && jumps.getFirst().from() == nextOffset) {
            Jump jump = jumps.removeFirst();
            nextOffset = jump.to();
            if (jump.to() < jump.from()) {
                readAgain(jump.to());
            } else if (resetsToLatest) {
                leftOut.merge(jump.from(), jump.to(), Math::max);
            }
        }
    }

    private void readAgain(long from) {
        fromOffset = Math.min(fromOffset, from);
        delivered.tailMap(from, true).clear();
        leftOut.tailMap(from, true).clear();
        leftOut.replaceAll((_, until) -> Math.min(until, from));
    }

    // --- what came out

    /// @param chunk was just handed out
    /// @param committed whether records of open and aborted transactions are not seen
    void delivered(Chunk chunk, ModelLog log, boolean committed) {
        check(!ended, chunk + " comes after the end");
        check(chunk.firstOffset() == nextOffset, chunk + " comes where " + nextOffset + " is next");
        long last = chunk.firstOffset() - 1;
        try (RecordCursor records = chunk.records()) {
            while (records.next()) {
                long offset = records.offset();
                check(offset > last, "offset " + offset + " after " + last + " in " + chunk);
                check(offset < chunk.nextOffset(), "offset " + offset + " beyond " + chunk);
                last = offset;
                delivered.put(
                        offset, ByteBuffer.wrap(requireNonNull(records.value())).getLong());
            }
        }
        lacksNothing(chunk, log, committed);
        nextOffset = chunk.nextOffset();
        ended = chunk.endReached();
        check(endOffset >= 0 && ended == (nextOffset >= endOffset), chunk + " with an end at " + endOffset);
        jump();
    }

    /// What is there now was there too when it was fetched, unless a truncation lies between.
    private void lacksNothing(Chunk chunk, ModelLog log, boolean committed) {
        List<ModelLog.Batch> present = log.batches.stream()
                .filter(batch -> batch.lastOffset() >= chunk.firstOffset() && batch.baseOffset() < chunk.nextOffset())
                .toList();
        log.visible(present, committed)
                .subMap(chunk.firstOffset(), chunk.nextOffset())
                .forEach((offset, value) -> check(
                        value.equals(delivered.get(offset)) || contains(truncated, offset),
                        chunk + " lacks " + value + " at " + offset + " and has " + delivered.get(offset)));
    }

    void finished(ModelLog log, PartitionProgress progress, IsolationLevel isolationLevel) {
        boolean committed = isolationLevel == IsolationLevel.READ_COMMITTED;
        String reading = partition + " " + where + " until " + endOffset + ", at " + progress;
        check(isBounded() == ended, reading + (ended ? " has ended" : " has not ended"));
        check(ended || nextOffset == log.endOffset, reading + ", is not at " + log.endOffset);
        check(progress.position() == nextOffset, reading + ", was handed out up to " + nextOffset);
        Map<Long, Long> once = log.visible(log.history.values(), committed);
        delivered.forEach((offset, value) -> check(
                value.equals(once.get(offset)) || isUncertain(offset),
                reading + " delivered " + value + " at " + offset + ", where " + once.get(offset) + " was readable"));
        TreeMap<Long, Long> present = log.visible(List.copyOf(log.batches), committed);
        long end = Math.min(endOffset, log.endOffset);
        long first = Math.min(Math.max(fromOffset, log.logStartOffset), end);
        present.subMap(first, end)
                .forEach((offset, value) -> check(
                        value.equals(delivered.get(offset)) || isLeftOut(offset) || isUncertain(offset),
                        reading + " did not deliver " + value + " at " + offset + " but " + delivered.get(offset)));
    }

    private boolean isLeftOut(long offset) {
        return leftOut.headMap(offset, true).values().stream().anyMatch(until -> offset < until);
    }

    private boolean isUncertain(long offset) {
        return contains(uncertain, offset);
    }

    private static boolean contains(List<Uncertain> all, long offset) {
        return all.stream().anyMatch(some -> some.from() <= offset && offset < some.until());
    }
}
