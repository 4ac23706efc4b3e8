package io.sampo.tcp.replication;

import org.apache.kafka.common.Uuid;

/// Who a node says it is when it connects to another one.
///
/// @param clusterId nodes of another cluster are refused
/// @param directoryId of its data directory: tells a node with a new disk from the one that it was
public record ReplicationIdentity(String clusterId, int nodeId, Uuid directoryId) {}
