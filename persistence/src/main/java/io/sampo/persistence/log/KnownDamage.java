package io.sampo.persistence.log;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The parts of a log that were found damaged, as long as this process knows the log: readers get nothing from
/// there, and everything else. Only what a whole look at a segment has found is in it, never the mere failure of a
/// read.
///
/// Thread rule: any thread.
final class KnownDamage {

    /// By offset. Almost always empty.
    private volatile List<DamagedRange> ranges = List.of();

    List<DamagedRange> all() {
        return ranges;
    }

    /// A segment was looked at as a whole: this is all that is wrong with it.
    synchronized void found(long segmentBaseOffset, List<DamagedRange> damaged) {
        List<DamagedRange> changed = new ArrayList<>(damaged);
        for (DamagedRange range : ranges) {
            if (range.segmentBaseOffset() != segmentBaseOffset) {
                changed.add(range);
            }
        }
        changed.sort(Comparator.comparingLong(DamagedRange::fromOffset));
        ranges = List.copyOf(changed);
    }

    /// The first that ends after `offset`; null when all is good from there on.
    @Nullable
    DamagedRange after(long offset) {
        for (DamagedRange range : ranges) {
            if (range.toOffset() > offset) {
                return range;
            }
        }
        return null;
    }

    /// Position behind all damage of the segment that lies before `offset`: a search for the offset has to begin
    /// there or later.
    int positionBehind(Segment segment, long offset) {
        int position = 0;
        for (DamagedRange range : ranges) {
            if (range.segmentBaseOffset() == segment.baseOffset && range.toOffset() <= offset) {
                position = Math.max(position, range.toPosition());
            }
        }
        return position;
    }
}
