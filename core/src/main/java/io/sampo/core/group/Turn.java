package io.sampo.core.group;

import io.sampo.core.partition.Invariant;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.protocol.ApiMessage;
import org.jspecify.annotations.Nullable;

/// One step of the core while it is being decided: the rules write their effects in here.
final class Turn {
    private final CoordinatorState state;
    private final long nowMs;
    private final List<GroupRecord> records = new ArrayList<>();
    private final List<Reply> replies = new ArrayList<>();
    private final List<Reply> repliesOnceCommitted = new ArrayList<>();
    private final List<Runnable> undo = new ArrayList<>();
    private Decision.@Nullable Completion completion;

    Turn(CoordinatorState state, long nowMs) {
        this.state = state;
        this.nowMs = nowMs;
    }

    long nowMs() {
        return nowMs;
    }

    /// An answer that depends on nothing that could still be lost.
    void reply(long requestId, ApiMessage response) {
        if (requestId != Member.NOT_WAITING) {
            replies.add(new Reply(requestId, response));
        }
    }

    /// An answer that waits for the records of this step and of all earlier ones.
    void replyOnceCommitted(long requestId, ApiMessage response) {
        repliesOnceCommitted.add(new Reply(requestId, response));
    }

    /// Appends the record and applies it to the state at once.
    void appendAndReplay(GroupRecord record) {
        records.add(record);
        undo.add(state.replay(record));
    }

    /// Appends a record of a group whose state in memory is ahead of the log already.
    void append(GroupRecord record, Decision.Completion whenDone) {
        Invariant.check(completion == null, "two completions in one step");
        records.add(record);
        completion = whenDone;
    }

    /// How to take back what this step did to the state, should its records not make it into the log.
    void onRevert(Runnable takeBack) {
        undo.add(takeBack);
    }

    boolean hasRecords() {
        return !records.isEmpty();
    }

    Decision decision() {
        if (records.isEmpty() && replies.isEmpty() && repliesOnceCommitted.isEmpty()) {
            return Decision.NOTHING;
        }
        return new Decision(
                List.copyOf(records),
                List.copyOf(replies),
                List.copyOf(repliesOnceCommitted),
                completion,
                List.copyOf(undo));
    }
}
