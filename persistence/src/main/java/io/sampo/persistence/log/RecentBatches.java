package io.sampo.persistence.log;

import org.jspecify.annotations.Nullable;

/// Where the newest batches begin, so that reads at the tail and the position of the high watermark need no file.
///
/// Thread rule: any thread; takes nothing until the first append.
final class RecentBatches {
    private static final int KEPT = 32;

    private long[] offsets = {};
    private long[] ends = {};
    private int[] positions = {};
    private @Nullable Segment[] segments = {};
    private int next;
    private int count;
    private long end = -1;

    synchronized void add(Segment segment, long baseOffset, int position, long nextOffset) {
        if (offsets.length == 0) {
            offsets = new long[KEPT];
            ends = new long[KEPT];
            positions = new int[KEPT];
            segments = new Segment[KEPT];
        }
        offsets[next] = baseOffset;
        ends[next] = nextOffset;
        positions[next] = position;
        segments[next] = segment;
        next = (next + 1) % KEPT;
        count = Math.min(KEPT, count + 1);
        end = nextOffset;
    }

    /// The batch that contains `offset` or, where offsets are missing, the next one; if it is among the newest.
    synchronized @Nullable Location find(long offset) {
        if (offset >= end) {
            return null;
        }
        for (int i = 1; i <= count; i++) {
            int at = Math.floorMod(next - i, KEPT);
            if (offsets[at] <= offset) {
                return location(ends[at] > offset ? at : (at + 1) % KEPT);
            }
        }
        return null;
    }

    private @Nullable Location location(int at) {
        Segment segment = segments[at];
        return segment == null || segment.removed ? null : new Location(segment, positions[at], offsets[at]);
    }

    /// Also frees the memory.
    synchronized void clear() {
        offsets = new long[0];
        ends = new long[0];
        positions = new int[0];
        segments = new Segment[0];
        next = 0;
        count = 0;
        end = -1;
    }
}
