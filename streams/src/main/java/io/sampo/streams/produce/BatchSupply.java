package io.sampo.streams.produce;

/// Where the records of one partition gather until they are sent: the oldest batch may be taken when it is
/// full, or has waited for `linger.ms`.
interface BatchSupply {
    long NEVER = Long.MAX_VALUE;

    /// From when on [#take] is wanted: in the past when it is now, [#NEVER] when there is no record.
    long readyAtMs();

    /// When the oldest record came; [#NEVER] without one.
    long oldestMs();

    /// An upper bound of what [#take] gives; 0 without a record.
    int nextBytes();

    /// The oldest batch, to which nobody appends any more. Only while there is one.
    BatchContent take();
}
