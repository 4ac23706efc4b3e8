package io.sampo.core.cluster;

import java.util.Collections;
import java.util.List;

/// When a node that runs must leave what it runs in: after a full stop two nodes may each have formed a running
/// cluster. Neither loses anything, as the metadata's quorum decides, but one of them is without a controller for
/// ever.
final class IslandRule {
    private final NodeAddress self;
    private final long leaderlessMs;
    private long leaderKnownMs = Long.MIN_VALUE;

    IslandRule(NodeAddress self, long leaderlessMs) {
        this.self = self;
        this.leaderlessMs = leaderlessMs;
    }

    void tick(long nowMs, boolean leaderKnown) {
        if (leaderKnown || leaderKnownMs == Long.MIN_VALUE) {
            leaderKnownMs = nowMs;
        }
    }

    boolean suspicious(long nowMs) {
        return leaderKnownMs != Long.MIN_VALUE && nowMs - leaderKnownMs >= leaderlessMs;
    }

    /// The one with a controller stays; where there is none the larger, of two of the same size that with the
    /// lowest address.
    boolean restart(BootstrapStatus other, String clusterId, List<NodeAddress> members, long nowMs) {
        if (members.isEmpty()
                || !suspicious(nowMs)
                || !other.joined()
                || !other.belongsTo(clusterId)
                || other.members().contains(self)) {
            return false;
        }
        if (other.leaderKnown()) {
            return true;
        }
        int bySize = Integer.compare(other.members().size(), members.size());
        return bySize > 0 || bySize == 0 && Collections.min(other.members()).compareTo(Collections.min(members)) < 0;
    }
}
