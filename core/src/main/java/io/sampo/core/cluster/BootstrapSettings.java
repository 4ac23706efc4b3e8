package io.sampo.core.cluster;

/// Times of the first start and of joining, in milliseconds.
///
/// @param askIntervalMs how often others are asked while this node is not in a running cluster
/// @param statusMaxAgeMs an answer that is older does not count
/// @param conflictGraceMs how long others must contradict this node before its start ends
/// @param incompleteWaitMs how long a restarted node waits for the listed nodes that are missing, before a majority
///     of them goes on without
/// @param joinTimeoutMs a way into the cluster that leads nowhere for so long is given up for another one
/// @param leaderlessMs a node that knows no controller for so long looks for a cluster elsewhere
public record BootstrapSettings(
        long askIntervalMs,
        long statusMaxAgeMs,
        long conflictGraceMs,
        long incompleteWaitMs,
        long joinTimeoutMs,
        long leaderlessMs) {

    public static final BootstrapSettings DEFAULTS = new BootstrapSettings(250, 3_000, 3_000, 5_000, 10_000, 30_000);
}
