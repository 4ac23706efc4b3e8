package io.sampo.core.partition;

/// The two quotas of a node, shared by all its replicas (KIP-73).
///
/// @param leader of what leaders send: `leader.replication.throttled.rate`
/// @param follower of what followers take: `follower.replication.throttled.rate`
public record ReplicationQuotas(ReplicationQuota leader, ReplicationQuota follower) {

    /// `replication.quota.window.num`
    public static final int DEFAULT_WINDOWS = 11;

    /// `replication.quota.window.size.seconds`, in milliseconds.
    public static final long DEFAULT_WINDOW_MS = 1_000;

    /// Without limits, until a rate is given.
    public ReplicationQuotas(int windows, long windowMs) {
        this(
                new ReplicationQuota(windows, windowMs, ReplicationQuota.UNLIMITED),
                new ReplicationQuota(windows, windowMs, ReplicationQuota.UNLIMITED));
    }

    public ReplicationQuotas() {
        this(DEFAULT_WINDOWS, DEFAULT_WINDOW_MS);
    }
}
