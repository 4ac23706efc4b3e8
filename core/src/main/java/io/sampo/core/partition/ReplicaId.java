package io.sampo.core.partition;

import org.apache.kafka.common.Uuid;

/// Identity of a replica: the node and the data directory that holds it. A node that comes back with an empty disk
/// has another `directoryId`, so it can never vote or acknowledge as the replica that it no longer is (KIP-853).
public record ReplicaId(int nodeId, Uuid directoryId) {}
