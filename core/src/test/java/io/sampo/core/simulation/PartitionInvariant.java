package io.sampo.core.simulation;

import io.sampo.core.partition.ReplicaEffect;
import io.sampo.core.partition.ReplicaEnvelope;
import io.sampo.core.partition.ReplicaEvent;
import java.util.List;

/// One rule that holds in every run, whatever happens. Called as the run goes on; throws [Violation].
interface PartitionInvariant {

    /// The core has decided; nothing of it is carried out yet. The high watermark may have moved.
    default void decided(ReplicaShell replica) {}

    default void effect(ReplicaShell replica, ReplicaEffect effect) {}

    /// The disk's image is still the one before the event.
    default void beforeWrite(ReplicaShell replica, ReplicaEvent event) {}

    /// The event is in the page cache.
    default void written(ReplicaShell replica, ReplicaEvent event) {}

    /// The events are as durable as the topic asks.
    default void persisted(ReplicaShell replica, List<ReplicaEvent> events) {}

    default void sent(ReplicaShell replica, ReplicaEnvelope envelope) {}

    default void received(ReplicaShell replica, ReplicaEnvelope envelope) {}

    /// A leader's high watermark passed the batch, which nobody had committed before.
    default void committed(ReplicaShell leader, StoredBatch batch) {}

    default void afterStep(ReplicaShell replica) {}

    default void atEnd() {}
}
