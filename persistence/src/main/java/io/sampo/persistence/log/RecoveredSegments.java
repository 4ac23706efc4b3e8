package io.sampo.persistence.log;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The segments of a log as they lie in its directory, with what the newest checkpoint says of them. One thread.
final class RecoveredSegments {
    private final Path directory;
    private final StoreServices services;

    /// Oldest first, never empty. The last is the active one.
    final List<Segment> list = new ArrayList<>();

    private final Map<Long, SegmentSummary> summaries;
    private boolean newFiles;

    /// @param from newest checkpoint
    /// @throws CorruptLogException when segments are missing that were on disk
    RecoveredSegments(
            Path directory,
            StoreServices services,
            @Nullable CheckpointFile from,
            List<Long> baseOffsets,
            ControlReplay control)
            throws IOException {
        this.directory = directory;
        this.services = services;
        this.summaries = from == null
                ? Map.of()
                : from.segments().stream().collect(Collectors.toMap(SegmentSummary::baseOffset, Function.identity()));
        for (int i = 0; i < baseOffsets.size(); i++) {
            long baseOffset = baseOffsets.get(i);
            boolean active = i == baseOffsets.size() - 1;
            long size = Files.size(SegmentFiles.log(directory, baseOffset));
            if (size > Integer.MAX_VALUE) {
                throw new CorruptLogException(SegmentFiles.log(directory, baseOffset), size, "larger than a segment");
            }
            SegmentSummary summary = summaries.get(baseOffset);
            boolean known = summary != null && (active ? size >= summary.sizeInBytes() : size == summary.sizeInBytes());
            boolean grown = summary != null && !active && size > summary.sizeInBytes();
            if (summary != null && (known || grown)) {
                SegmentIndexes indexes =
                        services.newIndexes(baseOffset, summary.offsetEntries(), summary.timeEntries());
                Segment segment = new Segment(directory, baseOffset, active, indexes);
                segment.restore(summary);
                segment.size = (int) size;
                list.add(segment);
            } else {
                Segment segment = services.newSegment(directory, baseOffset, active);
                segment.size = (int) size;
                list.add(segment);
            }
        }
        if (list.isEmpty()) {
            if (control.floor() > control.logStartOffset()) {
                throw new CorruptLogException(
                        directory, 0, "it holds no segment, and the log was on disk up to offset " + control.floor());
            }
            list.add(fresh(control.logStartOffset()));
        }
    }

    private Segment fresh(long baseOffset) {
        newFiles = true;
        Segment segment = services.newSegment(directory, baseOffset, true);
        segment.timesKnown = true;
        return segment;
    }

    /// Some are not in the directory yet, or not for sure.
    boolean newFiles() {
        return newFiles;
    }

    /// Bytes of the segment that the checkpoint describes; 0 when it does not know the segment.
    int describedBytes(Segment segment) {
        SegmentSummary summary = summaries.get(segment.baseOffset);
        return summary == null ? 0 : summary.sizeInBytes();
    }

    /// Removes the segments behind the one at `last`; they are empty. The one at `last` takes appends now.
    void endWith(int last) throws IOException {
        for (int i = list.size() - 1; i > last; i--) {
            Files.deleteIfExists(list.remove(i).handle.path());
        }
        list.getLast().handle.setWritable(true);
    }

    /// Removes all, and begins with an empty one at `baseOffset`.
    void beginAnew(long baseOffset) throws IOException {
        for (Segment below : list) {
            below.removed = true;
            services.openFiles().evict(below.handle);
            DirectoryContents.deleteIndexes(below.handle.path());
            Files.deleteIfExists(below.handle.path());
        }
        list.clear();
        list.add(fresh(baseOffset));
    }
}
