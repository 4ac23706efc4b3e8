package io.sampo.persistence.compaction;

import io.sampo.core.partition.EpochStart;
import io.sampo.core.partition.LogSettings;
import io.sampo.core.produce.StoredBatchCheck;
import io.sampo.persistence.log.FilePartitionLog;
import io.sampo.persistence.log.SegmentRewrite;
import io.sampo.persistence.log.SegmentView;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecords.FilterResult;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.utils.internals.BufferSupplier;
import org.apache.kafka.common.utils.internals.CloseableIterator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Compacts one log at a time: reads the dirty part into a key -> last offset map of bounded size, then copies the
/// clean and the dirty part, without what a later record replaces, into new segments that take the place of the old
/// ones. Offsets never change and order is kept.
///
/// It works on closed segments only and holds no lock that an append or a read waits for; it reads, pauses as the
/// throttle says, and goes on.
///
/// A batch whose records cannot be read, though its checksum is right (docs/adr/0004), is copied as it is, whole:
/// it replaces nothing, and nothing replaces it. The round that meets it first says so in the log.
///
/// Thread rule: one thread (the maintenance thread).
public final class LogCleaner {
    private static final Logger LOG = LoggerFactory.getLogger(LogCleaner.class);

    private final CleanerSettings settings;
    private final StoredBatchCheck check;
    private final Throttle throttle;
    private final BooleanSupplier stopped;

    /// @param stopped asked after each slice; once true the round is given up and leaves nothing behind
    public LogCleaner(CleanerSettings settings, BooleanSupplier stopped) {
        this.settings = settings;
        this.check = new StoredBatchCheck(settings.decompression());
        this.throttle = new Throttle(settings.ioMaxBytesPerSecond());
        this.stopped = stopped;
    }

    /// What is dirty in the log now.
    ///
    /// @param checkpoint remembers how far the log was cleaned
    /// @param stableOffset nothing at or above it may be cleaned
    public static CleanableRange range(
            FilePartitionLog log, CleanerCheckpoint checkpoint, long stableOffset, long nowMs) {
        return CleanableRange.of(
                log.segments(),
                log.logStartOffset(),
                checkpoint.cleanedUpToOffset(),
                Math.min(stableOffset, log.checkpointEndOffset()),
                log.settings(),
                nowMs);
    }

    /// One round over the log, if it is dirty enough.
    ///
    /// @return empty when there was nothing to do, or the round was stopped
    /// @throws io.sampo.core.partition.PartitionLogException when reading or writing fails
    public Optional<Result> clean(FilePartitionLog log, CleanerCheckpoint checkpoint, long stableOffset, long nowMs)
            throws IOException {
        CleanableRange range = range(log, checkpoint, stableOffset, nowMs);
        if (!range.shouldClean(log.settings())) {
            return Optional.empty();
        }
        try (BufferSupplier buffers = BufferSupplier.create()) {
            Result result = new Round(log, range, nowMs, buffers).run();
            checkpoint.write(result.cleanedUpToOffset());
            return Optional.of(result);
        } catch (Stopped stopped) {
            return Optional.empty();
        }
    }

    /// @param cleanedUpToOffset exclusive; less than what was dirty when the map was full
    /// @param bytesBefore of the segments that were rewritten
    /// @param bytesAfter of what took their place
    public record Result(long cleanedUpToOffset, long bytesBefore, long bytesAfter) {}

    private final class Round {
        private final FilePartitionLog log;
        private final CleanableRange range;
        private final LogSettings topic;
        private final long nowMs;
        private final BufferSupplier buffers;
        private final OffsetMap map;
        private final ByteBuffer output;
        private long unreadableBatches;
        private long bytesBefore;
        private long bytesAfter;

        Round(FilePartitionLog log, CleanableRange range, long nowMs, BufferSupplier buffers) {
            this.log = log;
            this.range = range;
            this.topic = log.settings();
            this.nowMs = nowMs;
            this.buffers = buffers;
            this.output = ByteBuffer.allocate(settings.ioBufferBytes());
            this.map = new OffsetMap(
                    settings.dedupeBufferBytes(),
                    range.firstUncleanableOffset() - range.firstDirtyOffset(),
                    settings.loadFactor());
        }

        Result run() {
            fillMap();
            if (unreadableBatches > 1) {
                LOG.error("{}: {} such batches are kept as they are", name(), unreadableBatches);
            }
            long cleanedUpTo = map.latestOffset() + 1;
            List<SegmentView> segments = log.segments().stream()
                    .filter(segment -> segment.endOffset() <= range.firstUncleanableOffset()
                            && segment.endOffset() > log.logStartOffset()
                            && segment.baseOffset() < cleanedUpTo)
                    .toList();
            if (segments.isEmpty()) {
                return new Result(cleanedUpTo, 0, 0);
            }
            ProducerTails producers = ProducerTails.of(
                    log, log.logStartOffset(), segments.getLast().endOffset(), settings, nowMs);
            CompactionFilter filter = new CompactionFilter(
                    map,
                    producers,
                    segments.getLast().endOffset(),
                    log.epochStarts().stream().map(EpochStart::startOffset).collect(Collectors.toSet()),
                    nowMs,
                    topic.deleteRetentionMs());
            for (List<SegmentView> group : SegmentGroups.of(segments, topic.segmentBytes())) {
                rewrite(group, filter);
            }
            return new Result(cleanedUpTo, bytesBefore, bytesAfter);
        }

        /// Stops in front of the first record whose key does not fit; everything from there on stays dirty.
        private void fillMap() {
            map.updateLatestOffset(range.firstDirtyOffset() - 1);
            LogChunks chunks = chunks(range.firstDirtyOffset(), range.firstUncleanableOffset());
            for (MemoryRecords chunk = chunks.next(); chunk.sizeInBytes() > 0; chunk = chunks.next()) {
                stopIfAsked();
                int position = 0;
                for (RecordBatch batch : chunk.batches()) {
                    String why = whyUnreadable(chunk, position, batch);
                    position += batch.sizeInBytes();
                    if (why != null) {
                        noteUnreadable(batch, why);
                    } else if (!put(batch)) {
                        return;
                    }
                }
            }
            map.updateLatestOffset(range.firstUncleanableOffset() - 1);
        }

        private void noteUnreadable(RecordBatch batch, String why) {
            map.updateLatestOffset(batch.lastOffset());
            if (unreadableBatches++ == 0) {
                LOG.error(
                        "{}: the batch at offsets {} to {} is not compacted, as its records are malformed: {}",
                        name(),
                        batch.baseOffset(),
                        batch.lastOffset(),
                        why);
            }
        }

        /// Null for what only the broker writes.
        private @Nullable String whyUnreadable(MemoryRecords chunk, int position, RecordBatch batch) {
            if (batch.isControlBatch() || !(batch instanceof DefaultRecordBatch stored)) {
                return null;
            }
            ByteBuffer bytes = chunk.buffer();
            return check.whyUnreadable(stored, bytes.position(bytes.position() + position));
        }

        private String name() {
            return log.topic() + "-" + log.id().partition();
        }

        private boolean put(RecordBatch batch) {
            if (!batch.isControlBatch() && !batch.isTransactional()) {
                try (CloseableIterator<Record> records = batch.streamingIterator(buffers)) {
                    while (records.hasNext()) {
                        Record record = records.next();
                        if (record.offset() < range.firstDirtyOffset()) {
                            continue;
                        }
                        if (record.hasKey() && !map.put(record.key(), record.offset())) {
                            return false;
                        }
                        map.updateLatestOffset(record.offset());
                    }
                }
            }
            map.updateLatestOffset(batch.lastOffset());
            return true;
        }

        /// Copies what survives of some neighbouring segments into one that takes their place.
        private void rewrite(List<SegmentView> group, CompactionFilter filter) {
            long from = group.getFirst().baseOffset();
            long end = group.getLast().endOffset();
            try (SegmentRewrite rewrite = log.rewrite(from, end)) {
                LogChunks chunks = chunks(Math.max(from, log.logStartOffset()), end);
                for (MemoryRecords chunk = chunks.next(); chunk.sizeInBytes() > 0; chunk = chunks.next()) {
                    stopIfAsked();
                    copy(chunk, filter, rewrite);
                }
                bytesAfter += rewrite.sizeInBytes();
                rewrite.commit();
            }
            bytesBefore += group.stream().mapToLong(SegmentView::sizeInBytes).sum();
        }

        private void copy(MemoryRecords chunk, CompactionFilter filter, SegmentRewrite rewrite) {
            int from = 0;
            int position = 0;
            for (RecordBatch batch : chunk.batches()) {
                int end = position + batch.sizeInBytes();
                if (whyUnreadable(chunk, position, batch) != null) {
                    filter(chunk.slice(from, position - from), filter, rewrite);
                    rewrite.append(chunk.slice(position, batch.sizeInBytes()));
                    throttle.pass(batch.sizeInBytes());
                    from = end;
                }
                position = end;
            }
            filter(chunk.slice(from, position - from), filter, rewrite);
        }

        private void filter(MemoryRecords chunk, CompactionFilter filter, SegmentRewrite rewrite) {
            int position = 0;
            while (position < chunk.sizeInBytes()) {
                output.clear();
                MemoryRecords rest = chunk.slice(position, chunk.sizeInBytes() - position);
                // It returns early when a batch did not fit into the output (and was put into a larger one).
                FilterResult result = rest.filterTo(filter, output, buffers, Integer.MAX_VALUE);
                ByteBuffer survivors = result.outputBuffer();
                survivors.flip();
                if (survivors.hasRemaining()) {
                    rewrite.append(MemoryRecords.readableRecords(survivors));
                    throttle.pass(survivors.remaining());
                }
                position += result.bytesRead();
            }
        }

        private LogChunks chunks(long startOffset, long endOffset) {
            return new LogChunks(log, startOffset, endOffset, settings.ioBufferBytes(), throttle, log::suspectDamage);
        }

        private void stopIfAsked() {
            if (stopped.getAsBoolean()) {
                throw new Stopped();
            }
        }
    }

    private static final class Stopped extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Stopped() {
            super("stopped", null, false, false);
        }
    }
}
