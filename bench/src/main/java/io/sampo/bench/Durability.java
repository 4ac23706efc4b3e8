package io.sampo.bench;

/// What an acknowledgement means.
enum Durability {
    /// The broker's own default: Kafka acknowledges from the page cache, Sampo after fsync.
    DEFAULT,
    /// In the page cache.
    PAGE_CACHE,
    /// On disk.
    SYNCED
}
