package io.sampo.persistence.log;

/// What retention and compaction need to know of one segment, as of the moment of asking.
///
/// @param baseOffset name of the segment: offsets in it are at least this
/// @param endOffset exclusive: base offset of the next segment, or the log end for the active one
/// @param sizeInBytes of the `.log` file
/// @param maxTimestampMs largest record timestamp, -1 when it has none
/// @param lastModifiedMs of the file, for segments without timestamps
/// @param active the one that is appended to; never cleaned, never removed
public record SegmentView(
        long baseOffset, long endOffset, int sizeInBytes, long maxTimestampMs, long lastModifiedMs, boolean active) {}
