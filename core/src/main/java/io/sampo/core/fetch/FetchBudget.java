package io.sampo.core.fetch;

/// Shares the bytes of one fetch among its partitions, in their order.
///
/// The limits of the fetch and of a partition hold with one exception, which lets a consumer pass a batch that is
/// larger than its limits: the first partition that has anything to read gives at least one batch (KIP-74).
///
/// Thread rule: one thread; one per pass over the partitions.
public final class FetchBudget {
    private int leftBytes;
    private long takenBytes;
    private boolean nothingTaken = true;

    /// @param maxBytes of the whole fetch; negative counts as 0
    public FetchBudget(int maxBytes) {
        leftBytes = Math.max(0, maxBytes);
    }

    /// Largest number of bytes that the next partition may give.
    public int maxBytesOf(int partitionMaxBytes) {
        return Math.max(0, Math.min(partitionMaxBytes, leftBytes));
    }

    /// True while the next partition that has anything must give a batch, however large.
    public boolean atLeastOneBatch() {
        return nothingTaken;
    }

    /// False when reading the next partition cannot give anything.
    public boolean mayRead(int partitionMaxBytes) {
        return nothingTaken || maxBytesOf(partitionMaxBytes) > 0;
    }

    public void took(int bytes) {
        if (bytes > 0) {
            nothingTaken = false;
            takenBytes += bytes;
            leftBytes = Math.max(0, leftBytes - bytes);
        }
    }

    public long takenBytes() {
        return takenBytes;
    }
}
