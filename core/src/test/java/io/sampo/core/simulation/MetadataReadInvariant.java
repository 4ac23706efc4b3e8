package io.sampo.core.simulation;

import io.sampo.core.metadata.MetadataImage;

/// A read behind a barrier sees every command that was acknowledged before the barrier was asked for.
final class MetadataReadInvariant {
    long reads;

    /// @param acknowledgedOffset that an acknowledged command rested on before
    void read(int nodeId, long acknowledgedOffset, MetadataImage seen) {
        reads++;
        Violation.check(
                seen.offset() >= acknowledgedOffset,
                "a read of metadata behind a barrier sees all that was acknowledged",
                "node %d shows offset %d, acknowledged was %d",
                nodeId,
                seen.offset(),
                acknowledgedOffset);
    }
}
