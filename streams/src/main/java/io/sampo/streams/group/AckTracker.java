package io.sampo.streams.group;

import java.util.Arrays;
import java.util.Optional;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.jspecify.annotations.Nullable;

/// How far the deliveries of one partition are acknowledged without a gap: what may be committed.
///
/// Belongs to one ownership of the partition. When the partition goes away and comes back, a new tracker with another
/// token begins, and acknowledgements of before do not count.
///
/// Costs a few bytes for each delivery that is not part of the prefix yet: deliveries are kept in runs of up to 256,
/// with a bit for each, and its distance from the run's first offset when offsets are missing between them.
///
/// Thread rule: one thread at a time.
public final class AckTracker {
    private static final int RUN_LENGTH = 256;

    /// Deliveries that follow each other, with one leader epoch.
    private static final class Run {
        final long firstOffset;
        final int leaderEpoch;
        final long[] acks = new long[RUN_LENGTH / Long.SIZE];
        /// Distances from the first offset, ascending; null while each is the one before plus one.
        int @Nullable [] distances;

        int count = 1;
        long lastOffset;
        /// How many of them are acknowledged from the first on.
        int prefix;

        Run(long firstOffset, int leaderEpoch) {
            this.firstOffset = firstOffset;
            this.leaderEpoch = leaderEpoch;
            this.lastOffset = firstOffset;
        }

        boolean takes(long offset, int epoch) {
            return count < RUN_LENGTH && epoch == leaderEpoch && offset - firstOffset <= Integer.MAX_VALUE;
        }

        void add(long offset) {
            if (distances == null && offset != lastOffset + 1) {
                int[] plain = new int[RUN_LENGTH];
                Arrays.setAll(plain, index -> index);
                distances = plain;
            }
            if (distances != null) {
                distances[count] = (int) (offset - firstOffset);
            }
            count++;
            lastOffset = offset;
        }

        long offsetAt(int index) {
            return firstOffset + (distances == null ? index : distances[index]);
        }

        /// @return negative: not delivered
        int indexOf(long offset) {
            long distance = offset - firstOffset;
            if (distance < 0 || offset > lastOffset) {
                return -1;
            }
            return distances == null ? (int) distance : Arrays.binarySearch(distances, 0, count, (int) distance);
        }

        boolean ack(int index) {
            long bit = 1L << index;
            if ((acks[index / Long.SIZE] & bit) != 0) {
                return false;
            }
            acks[index / Long.SIZE] |= bit;
            return true;
        }

        void advance() {
            while (prefix < count && (acks[prefix / Long.SIZE] & (1L << prefix)) != 0) {
                prefix++;
            }
        }
    }

    private final long token;
    /// A ring; `head` is the run in which the prefix ends.
    private Run[] runs = new Run[8];

    private int head;
    private int size;
    /// Everything before it is delivered, or has nothing to deliver.
    private long position;
    private int outstanding;
    /// Of the last record of the prefix; -1: unknown, or the prefix is empty.
    private int ackedEpoch = -1;

    private final long startOffset;

    /// @param token names this ownership
    /// @param startOffset of the first record that may be delivered
    public AckTracker(long token, long startOffset) {
        this.token = token;
        this.startOffset = startOffset;
        this.position = startOffset;
    }

    public long token() {
        return token;
    }

    /// A record goes out to the application.
    ///
    /// @param offset not lower than the `nextOffset` of the one before
    /// @param nextOffset of the next record that may follow: what is to be committed when this one is the last
    /// @param leaderEpoch of its batch; -1: unknown
    public void delivered(long offset, long nextOffset, int leaderEpoch) {
        if (offset < position || nextOffset <= offset) {
            throw new IllegalArgumentException(
                    "offset " + offset + " (next " + nextOffset + ") after position " + position);
        }
        Run last = size == 0 ? null : runs[(head + size - 1) % runs.length];
        if (last != null && last.takes(offset, leaderEpoch)) {
            last.add(offset);
        } else {
            append(new Run(offset, leaderEpoch));
        }
        position = nextOffset;
        outstanding++;
    }

    /// The log holds nothing to deliver before this offset: control records, aborted or compacted ones.
    ///
    /// @param nextOffset lower ones than before change nothing
    public void passed(long nextOffset) {
        position = Math.max(position, nextOffset);
    }

    /// A delivery is done. In any order.
    ///
    /// @param ownership token of the tracker that the delivery was reported to
    /// @return whether it counts: false for another ownership, and when it was acknowledged before
    /// @throws IllegalArgumentException when this offset was not delivered
    public boolean acked(long ownership, long offset) {
        if (ownership != token) {
            return false;
        }
        int at = find(offset);
        if (at < 0) {
            if (offset >= startOffset && offset < committableOffset()) {
                return false;
            }
            throw new IllegalArgumentException("offset " + offset + " was not delivered");
        }
        Run run = runs[(head + at) % runs.length];
        int index = run.indexOf(offset);
        if (index < 0) {
            throw new IllegalArgumentException("offset " + offset + " was not delivered");
        }
        if (!run.ack(index)) {
            return false;
        }
        outstanding--;
        if (at == 0) {
            advance();
        }
        return true;
    }

    /// Deliveries without an acknowledgement.
    public int outstanding() {
        return outstanding;
    }

    /// What may be committed: every delivery before it is acknowledged.
    ///
    /// @return the offset of the next record to read, with the leader epoch of the last one that is done; the start
    ///     offset, while that is all
    public OffsetAndMetadata committable() {
        return new OffsetAndMetadata(
                committableOffset(), ackedEpoch < 0 ? Optional.empty() : Optional.of(ackedEpoch), "");
    }

    /// The same, only the offset.
    public long committableOffset() {
        return size == 0 ? position : runs[head].offsetAt(runs[head].prefix);
    }

    /// Runs in memory: a few hundred bytes each, about 1 KiB when offsets are missing.
    int runCount() {
        return size;
    }

    private void advance() {
        while (size > 0) {
            Run run = runs[head];
            run.advance();
            if (run.prefix > 0) {
                ackedEpoch = run.leaderEpoch;
            }
            if (run.prefix < run.count) {
                return;
            }
            dropHead();
        }
    }

    @SuppressWarnings("NullAway") // Slots outside of the ring are null.
    private void dropHead() {
        runs[head] = null;
        head = (head + 1) % runs.length;
        size--;
    }

    private void append(Run run) {
        if (size == runs.length) {
            Run[] larger = new Run[runs.length * 2];
            for (int i = 0; i < size; i++) {
                larger[i] = runs[(head + i) % runs.length];
            }
            runs = larger;
            head = 0;
        }
        runs[(head + size) % runs.length] = run;
        size++;
    }

    /// @return index from the head of the last run that does not begin after the offset; -1: none
    private int find(long offset) {
        int low = 0;
        int high = size - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (runs[(head + middle) % runs.length].firstOffset <= offset) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return high;
    }
}
