package io.sampo.streams.fetch;

import java.util.OptionalLong;
import org.apache.kafka.common.IsolationLevel;

/// How far the reading of one partition is, as of one moment. -1 stands for: not known yet.
///
/// @param position offset after the last chunk that was handed out; before the first: where reading begins
/// @param fetchOffset offset after the last chunk that was fetched, at least `position`
/// @param endOffset where a bounded reading stops, exclusive; [Long#MAX_VALUE] for an unbounded one
/// @param highWatermark exclusive end of what is committed, as the last answer said
/// @param lastStableOffset exclusive end of what read_committed sees, as the last answer said
/// @param logStartOffset first offset that is there, as the last answer said
/// @param lastTimestampMs the largest timestamp of the last batch that was fetched, since the epoch
/// @param ended whether a bounded reading has come to its end: all up to it was handed out
public record PartitionProgress(
        long position,
        long fetchOffset,
        long endOffset,
        long highWatermark,
        long lastStableOffset,
        long logStartOffset,
        long lastTimestampMs,
        boolean ended) {

    /// Exclusive end of what can be read, as the last answer said; -1 before the first one.
    public long readableEnd(IsolationLevel isolationLevel) {
        return isolationLevel == IsolationLevel.READ_COMMITTED ? lastStableOffset : highWatermark;
    }

    /// Offsets between the position and what can be read, as of the last answer; includes offsets of control records
    /// and of records that compaction took. Empty before the first answer.
    public OptionalLong lag(IsolationLevel isolationLevel) {
        long readable = readableEnd(isolationLevel);
        return readable < 0 || position < 0
                ? OptionalLong.empty()
                : OptionalLong.of(Math.max(0, Math.min(readable, endOffset) - position));
    }
}
