package io.sampo.core.fetch;

import io.sampo.core.partition.EpochStart;
import java.util.List;
import org.apache.kafka.common.protocol.Errors;

/// What the leader epochs of a partition say to a client (KIP-101, KIP-279, KIP-320).
public final class LeaderEpochRules {
    public static final int UNDEFINED_EPOCH = -1;
    public static final long UNDEFINED_OFFSET = -1;

    private LeaderEpochRules() {}

    /// @param leaderEpoch the requested one or the largest known one below it, -1 when undefined
    /// @param endOffset exclusive end of that epoch, -1 when undefined
    public record EpochEnd(int leaderEpoch, long endOffset) {
        public static final EpochEnd UNDEFINED = new EpochEnd(UNDEFINED_EPOCH, UNDEFINED_OFFSET);

        public boolean isUndefined() {
            return leaderEpoch == UNDEFINED_EPOCH || endOffset == UNDEFINED_OFFSET;
        }
    }

    /// Whether client and leader speak of the same leadership.
    ///
    /// @param requestEpoch what the client believes, -1 when it does not say
    /// @return NONE, FENCED_LEADER_EPOCH when the client is behind, UNKNOWN_LEADER_EPOCH when the leader is
    public static Errors check(int requestEpoch, int leaderEpoch) {
        if (requestEpoch == UNDEFINED_EPOCH || requestEpoch == leaderEpoch) {
            return Errors.NONE;
        }
        return requestEpoch < leaderEpoch ? Errors.FENCED_LEADER_EPOCH : Errors.UNKNOWN_LEADER_EPOCH;
    }

    /// Where an epoch ends: the start of the next one, or the end of the log for the newest.
    ///
    /// @param epochStarts oldest first
    /// @param requestedEpoch any; one before all known ones ends where the first known one starts
    public static EpochEnd endOf(int requestedEpoch, List<EpochStart> epochStarts, long logEndOffset) {
        int count = epochStarts.size();
        if (requestedEpoch == UNDEFINED_EPOCH || count == 0) {
            return EpochEnd.UNDEFINED;
        }
        if (epochStarts.get(count - 1).leaderEpoch() == requestedEpoch) {
            return new EpochEnd(requestedEpoch, logEndOffset);
        }
        int next = firstAbove(requestedEpoch, epochStarts);
        if (next == count) {
            return EpochEnd.UNDEFINED;
        }
        int epoch = next == 0 ? requestedEpoch : epochStarts.get(next - 1).leaderEpoch();
        return new EpochEnd(epoch, epochStarts.get(next).startOffset());
    }

    /// Epoch of the leader that wrote `offset` or is to write it, -1 when no known epoch had begun there.
    public static int epochAt(long offset, List<EpochStart> epochStarts) {
        for (int i = epochStarts.size() - 1; i >= 0; i--) {
            if (epochStarts.get(i).startOffset() <= offset) {
                return epochStarts.get(i).leaderEpoch();
            }
        }
        return UNDEFINED_EPOCH;
    }

    private static int firstAbove(int leaderEpoch, List<EpochStart> epochStarts) {
        int low = 0;
        int high = epochStarts.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (epochStarts.get(middle).leaderEpoch() > leaderEpoch) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }
}
