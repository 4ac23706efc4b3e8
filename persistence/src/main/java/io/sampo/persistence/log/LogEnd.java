package io.sampo.persistence.log;

/// The end of the log, published as one: a reader never sees an offset without its bytes.
///
/// @param offset of the next record (exclusive end)
/// @param active segment that holds the end
/// @param position of the end in it
/// @param cuts grows with each truncation: positions learnt before one are worthless after it
record LogEnd(long offset, Segment active, int position, int cuts) {}
