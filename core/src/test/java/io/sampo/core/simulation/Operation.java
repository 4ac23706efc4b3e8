package io.sampo.core.simulation;

/// What people and the rest of the broker do to a partition. Each run draws how often.
enum Operation {
    /// Sharding starts a leader entity on some node.
    CAMPAIGN(1_000, 60_000),
    /// Sharding starts two leader entities at once on different nodes.
    TWO_CAMPAIGNS(3_000, 60_000),
    /// A leader entity stops, or an old one does so late.
    RESIGN(3_000, 60_000),
    TRANSFER(2_000, 60_000),
    /// Another node in the place of one.
    REPLACE(8_000, 90_000),
    GROW(8_000, 90_000),
    SHRINK(8_000, 90_000),
    DELETE_RECORDS(2_000, 60_000),
    /// Somebody asks a leader whether it still is one.
    BARRIER(500, 30_000),
    MIN_IN_SYNC(5_000, 60_000),
    CHECKPOINT(1_000, 30_000),
    /// A producer gives up what is in flight and begins anew under another producer id.
    PRODUCER_RESTART(5_000, 90_000),
    /// An operator forces a configuration: after a [Disaster] only.
    FORCE(1, 1);

    final int minMeanMs;
    final int maxMeanMs;

    Operation(int minMeanMs, int maxMeanMs) {
        this.minMeanMs = minMeanMs;
        this.maxMeanMs = maxMeanMs;
    }
}
