package io.sampo.streams.produce;

import java.util.List;

/// The records of a batch, as the rules see them: how many, how large, how old.
interface BatchContent {
    int recordCount();

    /// On the wire, before any header of the request; an upper bound until it was sent.
    int sizeBytes();

    /// When its first record came, by the producer's clock.
    long createdMs();

    /// The same records in their order in smaller batches. Called only with two records or more; nothing may
    /// be appended any more.
    List<BatchContent> split();
}
