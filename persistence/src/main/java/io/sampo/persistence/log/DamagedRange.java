package io.sampo.persistence.log;

/// Batches of one segment that are not what was written, or cannot be read.
///
/// @param segmentBaseOffset names the segment
/// @param fromOffset inclusive: the end of the last batch in front of it that is good
/// @param toOffset exclusive: where the next batch begins that is known to be good; the segment's end when none is
/// @param fromPosition in the segment's file, inclusive
/// @param toPosition exclusive
/// @param what file, position and reason, for people
public record DamagedRange(
        long segmentBaseOffset, long fromOffset, long toOffset, int fromPosition, int toPosition, String what) {}
