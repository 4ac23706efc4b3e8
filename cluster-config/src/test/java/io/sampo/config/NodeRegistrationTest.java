package io.sampo.config;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.actors.metadata.MetadataPublisher;
import io.sampo.core.metadata.MetadataDelta;
import io.sampo.core.metadata.MetadataImage;
import io.sampo.core.metadata.MetadataRecord;
import io.sampo.core.metadata.NodeImage;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

class NodeRegistrationTest {
    private static final Uuid OWN = new Uuid(3, 3);
    private static final Uuid FORMER = new Uuid(2, 2);

    private final MetadataPublisher metadata = new MetadataPublisher();
    private MetadataImage image = MetadataImage.EMPTY;

    private void registered(int nodeId, Uuid directoryId) {
        NodeImage node = new NodeImage(nodeId, new Uuid(9, nodeId), directoryId, null, List.of());
        image = MetadataDelta.apply(image, List.of(new MetadataRecord.NodeRegistered(node)), image.offset() + 1);
        metadata.publish(image);
    }

    @Test
    void theMetadataAreHereWhenTheyNameThisNodeWithThisDirectory() {
        registered(1, new Uuid(1, 1));
        CompletableFuture<Void> known = NodeRegistration.known(metadata, 3, OWN);
        assertFalse(known.isDone(), "others only");
        registered(3, FORMER);
        assertFalse(known.isDone(), "of before the disk was replaced");
        registered(3, OWN);
        assertTrue(known.isDone());
    }

    @Test
    void theyMayBeHereAlready() {
        registered(3, OWN);
        assertTrue(NodeRegistration.known(metadata, 3, OWN).isDone());
    }
}
