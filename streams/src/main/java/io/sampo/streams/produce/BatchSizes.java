package io.sampo.streams.produce;

/// How many bytes the batches of one topic may have. Thread-safe.
///
/// A request carries one batch of each partition, and a node answers so many requests at a time: while records come
/// faster than that, only larger batches carry more. So a batch that begins behind others which wait already may have
/// more than `batch.size`: no record goes later for it. Whoever keeps up sends what it always sent.
final class BatchSizes {
    /// Two that wait are no backlog yet: one is on its way to the sender, another one has just become full.
    static final int BACKLOG_BATCHES = 3;

    private final int batchSizeBytes;
    private final int backlogBatchSizeBytes;
    private final CompressionRatio ratio = new CompressionRatio();
    private volatile boolean isBacklogRefused;

    /// @param backlogBatchSizeBytes at least `batchSizeBytes`
    BatchSizes(int batchSizeBytes, int backlogBatchSizeBytes) {
        this.batchSizeBytes = batchSizeBytes;
        this.backlogBatchSizeBytes = backlogBatchSizeBytes;
    }

    /// @param waitingCount batches of the same partition that nobody took yet
    int nextBytes(int waitingCount) {
        return waitingCount >= BACKLOG_BATCHES && !isBacklogRefused ? backlogBatchSizeBytes : batchSizeBytes;
    }

    /// Whether an open batch goes without waiting for `linger.ms`, though it may have room for more.
    boolean isEnough(int sizeBytes) {
        return sizeBytes >= batchSizeBytes;
    }

    CompressionRatio ratio() {
        return ratio;
    }

    /// A broker refused a batch for its size (MESSAGE_TOO_LARGE): the topic's `max.message.bytes` may lie between the
    /// two sizes.
    void tooLarge(int sizeBytes) {
        ratio.tooLarge();
        if (sizeBytes > batchSizeBytes) {
            isBacklogRefused = true;
        }
    }
}
