package io.sampo.core.simulation;

import io.sampo.core.metadata.MetadataImage;
import io.sampo.core.partition.ReplicaId;

/// 28: after healing, every node that holds the metadata log shows the same image, the whole log.
final class EqualImagesInvariant implements MetadataInvariant {
    private final World world;
    private final MetadataHistory history;

    EqualImagesInvariant(World world, MetadataHistory history) {
        this.world = world;
        this.history = history;
    }

    @Override
    public void atEnd() {
        for (ReplicaId replica : world.metadata.holders()) {
            MetadataImage image = world.images.of(world.node(replica.nodeId()));
            Violation.check(
                    image.equals(history.newest()),
                    "28 images are equal in the end",
                    "node %d shows %s, committed is %s",
                    replica.nodeId(),
                    image,
                    history.newest());
        }
    }
}
