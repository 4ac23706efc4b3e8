package io.sampo.core.produce;

/// How far the broker decompresses one batch when it has to look at its records. A batch beyond it is refused with
/// MESSAGE_TOO_LARGE, the code on which producers split a batch.
///
/// @param maxDecompressedBytes never more than so many bytes, whatever the batch
/// @param maxRatio decompressed bytes per compressed byte; beyond it a batch counts as a bomb
/// @param ratioFreeBytes up to so many bytes the ratio does not matter: small batches of equal records compress
///     without limit
public record DecompressionLimits(long maxDecompressedBytes, int maxRatio, long ratioFreeBytes) {

    public static final DecompressionLimits DEFAULTS = new DecompressionLimits(64L << 20, 200, 4L << 20);

    public DecompressionLimits {
        if (maxDecompressedBytes < 1 || maxRatio < 1 || ratioFreeBytes < 0) {
            throw new IllegalArgumentException("limits of decompression must be positive");
        }
    }

    /// Bytes that a payload of `compressedBytes` may become, inclusive.
    public long allowedBytes(int compressedBytes) {
        return Math.min(maxDecompressedBytes, Math.max(ratioFreeBytes, (long) compressedBytes * maxRatio));
    }
}
