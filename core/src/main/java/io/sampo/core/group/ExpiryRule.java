package io.sampo.core.group;

import io.sampo.core.group.Timers.Key;
import java.util.List;
import java.util.Map;

/// Lets offsets and empty groups go after `offsets.retention.minutes` (KIP-211): offsets of an empty group from the
/// time it became empty, of a simple consumer from the commit, of topics that a live consumer group no longer reads
/// from the commit. A group without members and offsets goes too. No timer runs while there are no groups.
final class ExpiryRule {
    private final CoordinatorState state;
    private final GroupSettings settings;

    ExpiryRule(CoordinatorState state, GroupSettings settings) {
        this.state = state;
        this.settings = settings;
    }

    /// To be called after each step: starts the check when there is something to expire.
    void ensureScheduled(long nowMs) {
        if (!state.groups().isEmpty() && !state.timers().isScheduled(Key.EXPIRY)) {
            state.timers().schedule(Key.EXPIRY, nowMs + settings.offsetsRetentionCheckIntervalMs(), this::expire);
        }
    }

    void expire(Turn turn) {
        for (ClassicGroup group : List.copyOf(state.groups())) {
            boolean nothingLeft = expireOffsets(turn, group);
            if (nothingLeft
                    && group.isIn(GroupState.EMPTY)
                    && group.pendingJoinMembers().isEmpty()) {
                turn.appendAndReplay(new GroupRecord.GroupMetadata(group.groupId(), null));
            }
        }
    }

    private boolean expireOffsets(Turn turn, ClassicGroup group) {
        boolean nothingLeft = true;
        for (Map.Entry<String, ? extends Map<Integer, CommittedOffset>> topic :
                List.copyOf(state.offsets().byTopic(group.groupId()).entrySet())) {
            for (Map.Entry<Integer, CommittedOffset> partition :
                    List.copyOf(topic.getValue().entrySet())) {
                boolean isExpired = mayExpire(group, topic.getKey())
                        && partition
                                .getValue()
                                .isExpired(
                                        baseTimestampMs(group, partition.getValue()),
                                        turn.nowMs(),
                                        settings.offsetsRetentionMs());
                if (isExpired) {
                    turn.appendAndReplay(RemovalRule.tombstone(group.groupId(), topic.getKey(), partition.getKey()));
                } else {
                    nothingLeft = false;
                }
            }
        }
        return nothingLeft;
    }

    private static boolean mayExpire(ClassicGroup group, String topic) {
        boolean isSimple = group.protocolType() == null;
        boolean isStableConsumer =
                group.usesConsumerProtocol() && group.knowsSubscribedTopics() && group.isIn(GroupState.STABLE);
        return (isSimple || group.isIn(GroupState.EMPTY) || isStableConsumer) && !group.isSubscribedTo(topic);
    }

    private static long baseTimestampMs(ClassicGroup group, CommittedOffset offset) {
        boolean countsFromEmpty =
                group.protocolType() != null && group.isIn(GroupState.EMPTY) && group.currentStateTimestampMs() >= 0;
        return countsFromEmpty ? group.currentStateTimestampMs() : offset.commitTimestampMs();
    }
}
