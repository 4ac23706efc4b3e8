package io.sampo.core.fetch;

import io.sampo.core.fetch.LeaderEpochRules.EpochEnd;
import io.sampo.core.partition.EpochStart;
import io.sampo.core.partition.ReadView;
import java.util.List;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// Whether a fetch of one partition may be answered with records, and up to where.
public final class FetchRules {
    private static final byte READ_COMMITTED = 1;

    private FetchRules() {}

    /// @param isolationLevel as on the wire: 0 read_uncommitted, 1 read_committed
    public static boolean isReadCommitted(byte isolationLevel) {
        return isolationLevel == READ_COMMITTED;
    }

    /// Exclusive end of what a consumer may see.
    public static long upperOffset(ReadView view, boolean readCommitted) {
        return readCommitted ? view.lastStableOffset() : view.highWatermark();
    }

    /// Epoch first, then offset. An offset between the high watermark and the log end is a legal one to wait at.
    ///
    /// @param currentLeaderEpoch what the client believes, -1 when it does not say
    /// @return NONE, FENCED_LEADER_EPOCH, UNKNOWN_LEADER_EPOCH or OFFSET_OUT_OF_RANGE
    public static Errors check(ReadView view, int currentLeaderEpoch, long fetchOffset) {
        Errors epochError = LeaderEpochRules.check(currentLeaderEpoch, view.leaderEpoch());
        if (epochError != Errors.NONE) {
            return epochError;
        }
        return fetchOffset < view.logStartOffset() || fetchOffset > view.logEndOffset()
                ? Errors.OFFSET_OUT_OF_RANGE
                : Errors.NONE;
    }

    /// Likewise at a follower. What its leader may have committed beyond is not known to be committed here yet: the
    /// consumer should come again (KIP-392).
    ///
    /// @return also OFFSET_NOT_AVAILABLE
    public static Errors checkAtFollower(ReadView view, int currentLeaderEpoch, long fetchOffset) {
        Errors epochError = LeaderEpochRules.check(currentLeaderEpoch, view.leaderEpoch());
        if (epochError != Errors.NONE) {
            return epochError;
        }
        if (fetchOffset < view.logStartOffset()) {
            return Errors.OFFSET_OUT_OF_RANGE;
        }
        return fetchOffset > view.highWatermark() ? Errors.OFFSET_NOT_AVAILABLE : Errors.NONE;
    }

    /// What a fetcher has to know when its last record is not in this log (KIP-595, Fetch v12).
    ///
    /// @param lastFetchedEpoch epoch of the record before `fetchOffset`, -1 when the fetcher does not say
    /// @return null when the logs agree; [EpochEnd#UNDEFINED] when they cannot be compared
    ///     (OFFSET_OUT_OF_RANGE); else the largest epoch that both may share, and its end
    public static @Nullable EpochEnd divergence(
            int lastFetchedEpoch, long fetchOffset, List<EpochStart> epochStarts, long logEndOffset) {
        if (lastFetchedEpoch == LeaderEpochRules.UNDEFINED_EPOCH) {
            return null;
        }
        EpochEnd end = LeaderEpochRules.endOf(lastFetchedEpoch, epochStarts, logEndOffset);
        if (end.isUndefined()) {
            return EpochEnd.UNDEFINED;
        }
        return end.leaderEpoch() < lastFetchedEpoch || end.endOffset() < fetchOffset ? end : null;
    }
}
