package io.sampo.core.fetch;

/// Limits of fetches.
///
/// @param maxBytes `fetch.max.bytes`: largest answer, but for a single batch that is larger
/// @param maxWaitMs longest that a fetch is parked, whatever the client asks for
/// @param maxSessions `max.incremental.fetch.session.cache.slots`
/// @param sessionEvictionMs a session unused for so long gives way to a new one, and one that is older to a larger
///     one
/// @param maxSessionPartitions a fetch of more partitions is answered, but gets no session
public record FetchSettings(
        int maxBytes, int maxWaitMs, int maxSessions, long sessionEvictionMs, int maxSessionPartitions) {

    /// Kafka's defaults; it has none for `maxWaitMs` and `maxSessionPartitions`.
    public static final FetchSettings DEFAULTS = new FetchSettings(55 * 1024 * 1024, 300_000, 1000, 120_000, 20_000);

    public FetchSettings {
        if (maxBytes < 1024 || maxWaitMs < 0 || maxSessions < 0 || maxSessionPartitions < 0) {
            throw new IllegalArgumentException("limits of fetches must not be negative, fetch.max.bytes at least 1024");
        }
    }
}
