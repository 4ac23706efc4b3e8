package io.sampo.actors.partition;

/// A message that may travel through Cluster Sharding to another node. Everything else that these actors understand
/// stays on its node.
public sealed interface ShardedMessage permits Replica.Start, PartitionLeader.Wake {}
