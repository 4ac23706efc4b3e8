package io.sampo.core.simulation;

import io.sampo.core.metadata.ControllerCommand;
import io.sampo.core.metadata.MetadataImage;

/// One rule of the metadata log that holds in every run, whatever happens. Throws [Violation].
interface MetadataInvariant {

    /// A node shows another image.
    default void published(int nodeId, MetadataImage before, MetadataImage after) {}

    /// A client has the answer of a command.
    default void acknowledged(ControllerCommand<?> command, Object response) {}

    default void atEnd() {}
}
