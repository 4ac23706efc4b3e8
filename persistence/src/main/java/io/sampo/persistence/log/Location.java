package io.sampo.persistence.log;

/// Where a batch begins.
///
/// @param baseOffset of the batch that begins there
record Location(Segment segment, int position, long baseOffset) {}
