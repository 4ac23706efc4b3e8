package io.sampo.core.fetch;

import io.sampo.core.partition.EpochStart;
import io.sampo.core.partition.PartitionLog;
import io.sampo.core.partition.PartitionLog.TimestampedOffset;
import io.sampo.core.partition.ReadView;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ListOffsetsRequest;

/// Answers ListOffsets for one partition: the special timestamps and the search by time.
public final class OffsetLookup {
    private static final short FIRST_OFFSET_NOT_AVAILABLE_VERSION = 5;
    private static final short FIRST_MAX_TIMESTAMP_VERSION = 7;
    private static final short FIRST_EARLIEST_LOCAL_VERSION = 8;
    private static final short FIRST_LATEST_TIERED_VERSION = 9;
    private static final short FIRST_EARLIEST_PENDING_UPLOAD_VERSION = 11;

    private OffsetLookup() {}

    /// @param timestampMs of the record, -1 where there is none to tell
    /// @param offset -1 when nothing was found
    /// @param leaderEpoch -1 when unknown
    public record Listed(Errors error, long timestampMs, long offset, int leaderEpoch) {
        static final Listed NOTHING = new Listed(Errors.NONE, -1, -1, -1);

        public static Listed failed(Errors error) {
            return new Listed(error, -1, -1, -1);
        }
    }

    /// @param timestamp milliseconds, or one of the negative constants of [ListOffsetsRequest]
    /// @param currentLeaderEpoch what the client believes, -1 when it does not say
    public static Listed find(
            long timestamp,
            short apiVersion,
            boolean readCommitted,
            int currentLeaderEpoch,
            ReadView view,
            PartitionLog log) {
        if (!isSupported(timestamp, apiVersion)) {
            return Listed.failed(Errors.UNSUPPORTED_VERSION);
        }
        Errors epochError = LeaderEpochRules.check(currentLeaderEpoch, view.leaderEpoch());
        if (epochError != Errors.NONE) {
            return Listed.failed(epochError);
        }
        long upperOffset = FetchRules.upperOffset(view, readCommitted);
        if (timestamp == ListOffsetsRequest.EARLIEST_TIMESTAMP
                || timestamp == ListOffsetsRequest.EARLIEST_LOCAL_TIMESTAMP) {
            long earliest = view.logStartOffset();
            return new Listed(Errors.NONE, -1, earliest, LeaderEpochRules.epochAt(earliest, log.epochStarts()));
        }
        if (timestamp == ListOffsetsRequest.LATEST_TIERED_TIMESTAMP
                || timestamp == ListOffsetsRequest.EARLIEST_PENDING_UPLOAD_TIMESTAMP) {
            return Listed.NOTHING; // no part of a log is tiered
        }
        if (timestamp == ListOffsetsRequest.LATEST_TIMESTAMP) {
            return isNewLeaderBehind(view, log.epochStarts())
                    ? notAvailable(apiVersion)
                    : new Listed(Errors.NONE, -1, upperOffset, view.leaderEpoch());
        }
        Optional<TimestampedOffset> found = timestamp == ListOffsetsRequest.MAX_TIMESTAMP
                ? log.maxTimestamp(upperOffset)
                : log.offsetForTimestamp(timestamp, upperOffset);
        if (found.isPresent()) {
            TimestampedOffset record = found.get();
            return new Listed(Errors.NONE, record.timestampMs(), record.offset(), record.leaderEpoch());
        }
        return isNewLeaderBehind(view, log.epochStarts()) ? notAvailable(apiVersion) : Listed.NOTHING;
    }

    /// Each constant came with a version; numbers below all constants mean nothing (KIP-734, KIP-405, KIP-1005,
    /// KIP-1023).
    private static boolean isSupported(long timestamp, short apiVersion) {
        if (timestamp >= ListOffsetsRequest.EARLIEST_TIMESTAMP) {
            return true;
        }
        if (timestamp == ListOffsetsRequest.MAX_TIMESTAMP) {
            return apiVersion >= FIRST_MAX_TIMESTAMP_VERSION;
        }
        if (timestamp == ListOffsetsRequest.EARLIEST_LOCAL_TIMESTAMP) {
            return apiVersion >= FIRST_EARLIEST_LOCAL_VERSION;
        }
        if (timestamp == ListOffsetsRequest.LATEST_TIERED_TIMESTAMP) {
            return apiVersion >= FIRST_LATEST_TIERED_VERSION;
        }
        return timestamp == ListOffsetsRequest.EARLIEST_PENDING_UPLOAD_TIMESTAMP
                && apiVersion >= FIRST_EARLIEST_PENDING_UPLOAD_VERSION;
    }

    /// Until a new leader has moved the high watermark past the start of its epoch, records that were acknowledged
    /// may still be above it, so no offset below is "the latest" (KIP-207).
    private static boolean isNewLeaderBehind(ReadView view, List<EpochStart> epochStarts) {
        if (epochStarts.isEmpty()) {
            return false;
        }
        EpochStart newest = epochStarts.getLast();
        return newest.leaderEpoch() == view.leaderEpoch() && newest.startOffset() > view.highWatermark();
    }

    private static Listed notAvailable(short apiVersion) {
        return Listed.failed(
                apiVersion >= FIRST_OFFSET_NOT_AVAILABLE_VERSION
                        ? Errors.OFFSET_NOT_AVAILABLE
                        : Errors.LEADER_NOT_AVAILABLE);
    }
}
