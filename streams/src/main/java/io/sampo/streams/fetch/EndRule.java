package io.sampo.streams.fetch;

/// When a bounded reading is at its end. Offsets are exclusive ends, and [#NEVER] stands for an unbounded one.
final class EndRule {
    static final long NEVER = Long.MAX_VALUE;

    private EndRule() {}

    /// The next offset may lie beyond the end: the batch in which the end lies was read, and its rest is not handed
    /// out.
    static boolean reached(long nextOffset, long endOffset) {
        return nextOffset >= endOffset;
    }

    /// Whether an answer without any records says that there may be none up to the end: compaction may have taken them,
    /// and then no offset beyond them is there to be read either. To be sure, the log at this position must be the
    /// leader's own (tiered storage answers without records while it fetches them).
    ///
    /// @param readable exclusive end of what may be read, of the same answer or one before
    static boolean emptyUpTo(long nextOffset, long endOffset, long readable) {
        return endOffset != NEVER && nextOffset < endOffset && readable >= endOffset;
    }
}
