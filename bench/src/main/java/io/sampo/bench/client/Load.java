package io.sampo.bench.client;

import io.sampo.bench.client.ClientUnderTest.Written;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Random;

/// Records until the time is up. Each partition gets a batch's worth in turn, so that all clients write the
/// same batches.
///
/// Thread rule: one thread at a time.
final class Load implements Iterator<Written> {
    private static final int VALUES = 512;
    private static final int BATCH_BYTES = 16_384;
    private static final int RECORD_OVERHEAD_BYTES = 10;
    /// How many records are written between two looks at the clock.
    private static final int BETWEEN_LOOKS = 64;

    private final byte[][] values;
    private final int partitions;
    private final int inARow;
    private final long endNanos;
    private long count;
    private boolean over;

    /// @param endNanos by `System.nanoTime`
    Load(Work work, long endNanos) {
        this.values = values(work.recordBytes());
        this.partitions = work.partitions();
        this.inARow = Math.max(1, BATCH_BYTES / (work.recordBytes() + RECORD_OVERHEAD_BYTES));
        this.endNanos = endNanos;
    }

    private static byte[][] values(int bytes) {
        byte[][] values = new byte[VALUES][bytes];
        Random random = new Random(42);
        for (byte[] value : values) {
            random.nextBytes(value);
        }
        return values;
    }

    @Override
    public boolean hasNext() {
        if (!over && count % BETWEEN_LOOKS == 0) {
            over = System.nanoTime() - endNanos >= 0;
        }
        return !over;
    }

    @Override
    public Written next() {
        if (over) {
            throw new NoSuchElementException();
        }
        Written written = new Written((int) (count / inARow % partitions), values[(int) (count % values.length)]);
        count++;
        return written;
    }

    /// Records that were handed out.
    long count() {
        return count;
    }
}
