package io.sampo.persistence.compaction;

import io.sampo.persistence.log.SegmentView;
import java.util.ArrayList;
import java.util.List;

/// Neighbouring segments that are cleaned into one, so that many small segments do not stay. Pure.
final class SegmentGroups {
    private SegmentGroups() {}

    /// @param segmentBytes largest result
    /// @return groups in order; each spans at most `Integer.MAX_VALUE` offsets, because an index entry holds its
    ///     offset
    ///     relative to the segment's base
    static List<List<SegmentView>> of(List<SegmentView> segments, int segmentBytes) {
        List<List<SegmentView>> groups = new ArrayList<>();
        List<SegmentView> group = new ArrayList<>();
        long bytes = 0;
        for (SegmentView segment : segments) {
            boolean fits = group.isEmpty()
                    || (bytes + segment.sizeInBytes() <= segmentBytes
                            && segment.endOffset() - group.getFirst().baseOffset() <= Integer.MAX_VALUE);
            if (!fits) {
                groups.add(List.copyOf(group));
                group.clear();
                bytes = 0;
            }
            group.add(segment);
            bytes += segment.sizeInBytes();
        }
        if (!group.isEmpty()) {
            groups.add(List.copyOf(group));
        }
        return groups;
    }
}
