package io.sampo.persistence.log;

/// What a checkpoint remembers of a segment, so that opening reads neither it nor its indexes.
///
/// @param sizeInBytes of the part that the other values describe: the whole segment, or, for the active one, what
///     was
///     there when the checkpoint was written
/// @param maxTimestampMs -1 when no record has one
/// @param maxTimestampOffset last offset of the first batch that has it; -1 when none
/// @param bytesSinceIndexEntry for the active segment: where the next index entry is due
record SegmentSummary(
        long baseOffset,
        int sizeInBytes,
        long maxTimestampMs,
        long maxTimestampOffset,
        int offsetEntries,
        int timeEntries,
        int bytesSinceIndexEntry) {}
