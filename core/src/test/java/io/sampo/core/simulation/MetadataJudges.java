package io.sampo.core.simulation;

import io.sampo.core.metadata.ControllerCommand;
import io.sampo.core.metadata.MetadataImage;
import io.sampo.core.partition.Invariant;
import java.util.List;

/// All invariants of the metadata log.
final class MetadataJudges {
    private final World world;
    private final MetadataHistory history;
    private final List<MetadataInvariant> invariants;
    final MetadataReadInvariant reads = new MetadataReadInvariant();

    MetadataJudges(World world) {
        this.world = world;
        this.history = new MetadataHistory(world);
        this.invariants = List.of(
                new ImageInvariant(history),
                new CommandInvariant(history),
                new GivenOnceInvariant(history),
                new EqualImagesInvariant(world, history));
    }

    /// @return an equal image: that of the committed log. With it the next comparison takes as long as what changed
    ///     until then, and not as long as the image
    MetadataImage published(int nodeId, MetadataImage before, MetadataImage after) {
        invariants.forEach(invariant -> invariant.published(nodeId, before, after));
        return Invariant.present(history.imageAt(after.offset()), "judged image");
    }

    void acknowledged(ControllerCommand<?> command, Object response) {
        invariants.forEach(invariant -> invariant.acknowledged(command, response));
    }

    void atEnd() {
        if (world.scenario.keepsMetadata()) {
            invariants.forEach(MetadataInvariant::atEnd);
        }
    }
}
