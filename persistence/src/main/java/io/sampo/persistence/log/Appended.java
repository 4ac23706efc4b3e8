package io.sampo.persistence.log;

/// What one append did, so that the caller knows which syncs it needs before it may acknowledge.
///
/// @param logEndOffset exclusive end of the log after it
/// @param logWritten batches were written: acknowledge when `durableEndOffset` has reached `logEndOffset` (or at
///     once,
///     where the topic does not wait for the disk)
/// @param metaMustBeSynced control events were written that must be synced before they count, whatever the topic
///     says
public record Appended(long logEndOffset, boolean logWritten, boolean metaMustBeSynced) {}
