package io.sampo.core.partition;

import io.sampo.core.partition.ReplicaMessage.RepairRequest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Whose damaged log may be cut, and who should lead meanwhile, as the leader of one epoch decides it.
///
/// A log that is cut counts for nothing until it has caught up, and what lay behind its damage is gone with it. So
/// - the voters that keep their logs and are in sync stay a majority: replicas are repaired one after the other, and
///   never a majority at a time. With two voters the other one has to do: commits pause until the log is whole;
/// - the leader must be able to send all that is cut off: its own damage, if it has any, lies in front of the cut.
///   Else the last good copy of what is damaged here could be thrown away there;
/// - a leader with damage gives leadership to whoever has none, or whose damage ends further in front: that
///   replica can send more. Leadership moves in one direction only, so it comes to rest.
///
/// What was said counts for `replica.lag.time.max.ms` and for that life of a replica; whoever still has damage
/// says so again.
final class LeaderRepairs {
    private static final long NEVER = Long.MIN_VALUE / 2;

    private final ReplicaState state;
    private final VoterSet config;
    private final LeaderFollowers followers;
    private final Map<ReplicaId, Asked> asked = new LinkedHashMap<>();
    private long ownDamageMs = NEVER;
    private long ownDamageEnd;
    private int timesTold;

    /// @param grantedMs [#NEVER] when the answer was no
    private record Asked(long incarnation, long damageEnd, long askedMs, long grantedMs) {}

    LeaderRepairs(ReplicaState state, VoterSet config, LeaderFollowers followers) {
        this.state = state;
        this.config = config;
        this.followers = followers;
    }

    /// @param mayGrant the leader is settled and stays
    /// @return whether the sender may cut its log
    boolean ask(ReplicaId from, long incarnation, RepairRequest request, boolean mayGrant) {
        if (!followers.isInLife(from, incarnation)) {
            return false;
        }
        boolean granted = mayGrant && canSend(request) && (!config.voters().contains(from) || othersSuffice(from));
        asked.put(from, new Asked(incarnation, request.toOffset(), state.nowMs, granted ? state.nowMs : NEVER));
        return granted;
    }

    private boolean canSend(RepairRequest request) {
        return !isFresh(ownDamageMs) || ownDamageEnd <= request.fromOffset();
    }

    private boolean othersSuffice(ReplicaId asker) {
        int whole = 0;
        for (ReplicaId voter : config.voters()) {
            whole += !voter.equals(asker) && followers.isInSync(voter) && !isUnderRepair(voter) ? 1 : 0;
        }
        return whole >= Math.min(config.majority(), config.voters().size() - 1);
    }

    private boolean isUnderRepair(ReplicaId replica) {
        Asked last = asked.get(replica);
        return last != null && isFresh(last.grantedMs) && followers.isInLife(replica, last.incarnation);
    }

    private boolean isFresh(long saidMs) {
        return state.nowMs - saidMs < state.replication().replicaLagTimeMaxMs();
    }

    /// The leader's own log is damaged.
    ///
    /// @param damageEnd exclusive end of the last damage
    /// @return who should lead instead; null: nobody, or not yet
    @Nullable
    ReplicaId damagedHere(long damageEnd) {
        ownDamageMs = state.nowMs;
        ownDamageEnd = damageEnd;
        timesTold++;
        // By the second time whoever has damage too has said so in this epoch.
        return timesTold < 2 ? null : successor(damageEnd);
    }

    private @Nullable ReplicaId successor(long damageEnd) {
        ReplicaId best = null;
        long bestEnd = damageEnd;
        for (ReplicaId voter : preferredFirst()) {
            boolean able = !voter.equals(state.self) && followers.isInSync(voter) && !isUnderRepair(voter);
            if (able && damageEnd(voter) < bestEnd) {
                best = voter;
                bestEnd = damageEnd(voter);
            }
        }
        return best;
    }

    private List<ReplicaId> preferredFirst() {
        return ReplicaState.union(
                state.desired.stream().filter(config.voters()::contains).toList(), config.voters());
    }

    private long damageEnd(ReplicaId voter) {
        Asked last = asked.get(voter);
        if (last == null || !isFresh(last.askedMs) || !followers.isInLife(voter, last.incarnation)) {
            return -1;
        }
        return last.damageEnd;
    }
}
