package io.sampo.core.simulation;

import io.sampo.core.metadata.MetadataImage;

/// 25: the image of a node never goes back while its process lives, shows exactly what the committed log says
/// up to its offset, and stays that of one cluster. So nothing that was ever visible is lost, and nothing is
/// applied twice.
final class ImageInvariant implements MetadataInvariant {
    private static final String NAME = "25 a node's image is what was committed";

    private final MetadataHistory history;
    private String clusterId = "";

    ImageInvariant(MetadataHistory history) {
        this.history = history;
    }

    @Override
    public void published(int nodeId, MetadataImage before, MetadataImage after) {
        Violation.check(
                after.offset() >= before.offset(),
                NAME,
                "node %d goes back from offset %d to %d",
                nodeId,
                before.offset(),
                after.offset());
        MetadataImage committed = history.imageAt(after.offset());
        Violation.check(
                after.equals(committed),
                NAME,
                "node %d shows at offset %d %s, committed is %s",
                nodeId,
                after.offset(),
                after,
                committed);
        Violation.check(
                clusterId.isEmpty()
                        || after.clusterId().isEmpty()
                        || after.clusterId().equals(clusterId),
                NAME,
                "node %d shows cluster %s, was %s",
                nodeId,
                after.clusterId(),
                clusterId);
        clusterId = after.clusterId().isEmpty() ? clusterId : after.clusterId();
    }
}
