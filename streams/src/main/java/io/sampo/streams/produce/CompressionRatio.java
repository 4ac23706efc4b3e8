package io.sampo.streams.produce;

/// How much smaller the batches of a topic become; lets a batch hold more than `batch.size` before
/// compression.
///
/// Falls slowly and rises at once: a batch that is larger than expected costs more than one that is smaller.
/// Any thread; of two updates at a time one may get lost.
final class CompressionRatio {
    private static final float STEP_DOWN = 0.005f;
    private volatile float expected = 1;

    /// Compressed to uncompressed bytes; 1 when nothing is known.
    float expected() {
        return expected;
    }

    void observed(double ratio) {
        float now = expected;
        expected = (float) (ratio >= now ? Math.min(1, ratio) : Math.max(ratio, now - STEP_DOWN));
    }

    void tooLarge() {
        expected = 1;
    }
}
