package io.sampo.streams.fetch;

/// How much may be asked for, so that what is held stays within `sampo.prefetch.max.bytes`.
///
/// Bytes are reserved when a fetch is sent, replaced by the real size when it is answered, and given back when the
/// answer's last chunk is closed. So `held` plus `reserved` never exceeds the limit, with one exception that the
/// protocol makes: a broker answers with one whole batch even when that is larger than what was asked for. Then
/// nothing more is asked for until enough was given back.
///
/// Deterministic; one thread.
final class PrefetchBudget {
    private final long maxBytes;
    private long heldBytes;
    private long reservedBytes;

    PrefetchBudget(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    long heldBytes() {
        return heldBytes;
    }

    long reservedBytes() {
        return reservedBytes;
    }

    long freeBytes() {
        return Math.max(0, maxBytes - heldBytes - reservedBytes);
    }

    void reserve(long bytes) {
        reservedBytes += bytes;
    }

    /// A fetch was answered, or never will be.
    void settle(long reserved, long received) {
        reservedBytes -= reserved;
        heldBytes += received;
    }

    void release(long bytes) {
        heldBytes -= bytes;
    }

    /// An even share of everything, which a partition is asked for at most, so that slow ones leave the others
    /// something.
    private long partitionShare(int partitions) {
        return Math.max(1, maxBytes / Math.max(1, partitions));
    }

    /// The most that a partition is asked for at once: at most a quarter of everything, so that a single one can be
    /// fetched ahead too.
    int partitionFetchBytes(int partitions, int maxPartitionFetchBytes) {
        return (int) Math.min(maxPartitionFetchBytes, Math.min(partitionShare(partitions), Math.max(1, maxBytes / 4)));
    }

    /// The most that one broker is asked for at once: half of its share, so that one answer can be worked on while the
    /// next is under way.
    long brokerFetchBytes(int brokers, int fetchMaxBytes) {
        return Math.min(fetchMaxBytes, Math.max(1, maxBytes / (2L * Math.max(1, brokers))));
    }
}
