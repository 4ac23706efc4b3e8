package io.sampo.core.group;

import java.util.List;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// What to do after a step of the core, in this order: send `replies`; append `records` behind those of all earlier
/// decisions; once these and all earlier records are committed, call [GroupCore#committed] and send
/// `repliesOnceCommitted`. If the records cannot be appended: [GroupCore#revert], youngest decision first, then
/// [GroupCore#appendFailed], oldest first, and the held requests get the error.
///
/// The state already includes the records: a later request is judged as if they were committed, and what it is told
/// is held back until they are. So no client sees what could still be lost.
public final class Decision {
    /// Runs when the fate of the records is known; `error` is NONE when they are committed.
    @FunctionalInterface
    interface Completion {
        void completed(Turn turn, Errors error);
    }

    static final Decision NOTHING = new Decision(List.of(), List.of(), List.of(), null, List.of());

    private final List<GroupRecord> records;
    private final List<Reply> replies;
    private final List<Reply> repliesOnceCommitted;
    private final @Nullable Completion completion;
    private final List<Runnable> undo;

    Decision(
            List<GroupRecord> records,
            List<Reply> replies,
            List<Reply> repliesOnceCommitted,
            @Nullable Completion completion,
            List<Runnable> undo) {
        this.records = records;
        this.replies = replies;
        this.repliesOnceCommitted = repliesOnceCommitted;
        this.completion = completion;
        this.undo = undo;
    }

    public List<GroupRecord> records() {
        return records;
    }

    public List<Reply> replies() {
        return replies;
    }

    public List<Reply> repliesOnceCommitted() {
        return repliesOnceCommitted;
    }

    /// True when nothing of it depends on the log.
    public boolean isImmediate() {
        return records.isEmpty() && repliesOnceCommitted.isEmpty() && completion == null;
    }

    @Nullable
    Completion completion() {
        return completion;
    }

    List<Runnable> undo() {
        return undo;
    }
}
