package io.sampo.tcp.replication;

/// Small limits and short times.
final class Settings {
    private Settings() {}

    static ReplicationSocketSettings with(
            long roomBytes, long maxWaitingBytes, long maxUnconsumedBytes, long deadPeerTimeoutMs) {
        return with(roomBytes, maxWaitingBytes, maxUnconsumedBytes, deadPeerTimeoutMs, 30_000);
    }

    static ReplicationSocketSettings with(
            long roomBytes,
            long maxWaitingBytes,
            long maxUnconsumedBytes,
            long deadPeerTimeoutMs,
            long consumedTimeoutMs) {
        return with(roomBytes, maxWaitingBytes, maxUnconsumedBytes, deadPeerTimeoutMs, consumedTimeoutMs, 20);
    }

    /// Who was refused once tries again after minutes only.
    static ReplicationSocketSettings patient() {
        return with(4_000_000, 4_000_000, 4_000_000, 2_000, 30_000, 600_000);
    }

    private static ReplicationSocketSettings with(
            long roomBytes,
            long maxWaitingBytes,
            long maxUnconsumedBytes,
            long deadPeerTimeoutMs,
            long consumedTimeoutMs,
            long reconnectBackoffMs) {
        return new ReplicationSocketSettings(
                1_000_000,
                64_000,
                roomBytes,
                maxWaitingBytes,
                maxUnconsumedBytes,
                4_000_000,
                3,
                2_000,
                400,
                deadPeerTimeoutMs,
                consumedTimeoutMs,
                reconnectBackoffMs,
                Math.max(100, reconnectBackoffMs),
                32 * 1024,
                32 * 1024);
    }
}
