package io.sampo.core.partition;

/// The number of one life of a replica, from an [ReplicaEvent.Opened] to the next: what envelopes carry and
/// what other replicas remember (design 1.10). Pure.
///
/// | bits | |
/// |---|---|
/// | 62 | 1 |
/// | 20 to 61 | the incarnation |
/// | 0 to 19 | the time at which it began, milliseconds, the lowest bits |
///
/// The time tells two lives with one incarnation apart: a directory that is set back to the state before its last
/// start counts on from there, and comes to the same incarnation once more.
///
/// Numbers without bit 62 are plain incarnations, of nodes that know of nothing else: they are compared as numbers.
final class Life {
    /// Of nobody.
    static final long NONE = -1;

    private static final int TIME_BITS = 20;
    private static final long MARK = 1L << 62;

    private Life() {}

    /// @param incarnation below 2^42
    static long of(long incarnation, long nowMs) {
        Invariant.check(incarnation < 1L << 62 - TIME_BITS, "incarnation %d", incarnation);
        return MARK | incarnation << TIME_BITS | nowMs & (1L << TIME_BITS) - 1;
    }

    /// Whether the owner of `life` must have been set back, because `known` was heard of: `known` is later, or a life
    /// beside it.
    static boolean isSetBack(long life, long known) {
        return known != life && incarnation(known) >= incarnation(life);
    }

    /// Later than `known`, which may be [#NONE].
    static boolean isNew(long life, long known) {
        return incarnation(life) > incarnation(known);
    }

    /// In the order of lives, whether marked or plain.
    private static long incarnation(long life) {
        return life < 0 || (life & MARK) == 0 ? life : (life & ~MARK) >> TIME_BITS;
    }
}
