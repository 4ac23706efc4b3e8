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
                20,
                100,
                32 * 1024,
                32 * 1024);
    }
}
