package io.sampo.streams.group;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.OffsetCommitResponseData;

/// All that one member decides: its membership, and the commits that are bound to it. Deterministic.
final class MemberRules {
    private final Membership membership;
    private final CommitQueue commits;

    MemberRules(Membership membership, CommitQueue commits) {
        this.membership = membership;
        this.commits = commits;
    }

    /// @param nowMs of a clock that never goes back
    /// @return what is to be done, in order
    List<Effect> step(Input input, long nowMs) {
        List<Effect> effects = new ArrayList<>();
        switch (input) {
            case Input.Commit commit -> commits.submit(commit.commitId(), commit.offsets(), standing(), nowMs, effects);
            case Input.Rewound rewound -> commits.rewound(rewound.partitions());
            case Input.Answered answered
            when commits.isWaitingFor(answered.requestId())
                    && answered.response() instanceof OffsetCommitResponseData response -> {
                Optional<Input.CommitRefused> refused = commits.answered(response, standing(), nowMs, effects);
                refused.ifPresent(input1 -> effects.addAll(membership.step(input1, nowMs)));
            }
            case Input.NotAnswered not
            when commits.isWaitingFor(not.requestId()) -> commits.notAnswered(not.failure(), nowMs, effects);
            default -> effects.addAll(membership.step(input, nowMs));
        }
        Set<TopicPartition> lost = new HashSet<>();
        for (Effect effect : effects) {
            if (effect instanceof Effect.Assigned assigned) {
                commits.assigned(assigned.added());
            } else if (effect instanceof Effect.Lost gone) {
                lost.addAll(gone.partitions());
            }
        }
        commits.advance(standing(), lost, nowMs, effects);
        return effects;
    }

    Standing standing() {
        return membership.standing();
    }

    /// When a tick is needed, if nothing else comes before.
    long wakeAtMs() {
        return Math.min(membership.wakeAtMs(), commits.wakeAtMs(standing()));
    }
}
