package io.sampo.core.partition;

/// The settings that [ReplicaCore] obeys.
///
/// @param minInSyncReplicas `min.insync.replicas`; raised to a majority, lowered to the number of voters
/// @param producerIdExpirationMs `producer.id.expiration.ms`: a producer is forgotten when its last batch is older
/// @param maxProducerIds `max.producer.ids.per.partition`: above it the producer that wrote longest ago is
///     forgotten
/// @param leaderThrottled `leader.replication.throttled.replicas` of the topic
/// @param followerThrottled `follower.replication.throttled.replicas` of the topic
public record ReplicaSettings(
        int minInSyncReplicas,
        long producerIdExpirationMs,
        int maxProducerIds,
        ReplicationSettings replication,
        ThrottledReplicas leaderThrottled,
        ThrottledReplicas followerThrottled) {

    public static final ReplicaSettings DEFAULTS = new ReplicaSettings(1, 24L * 3600 * 1000, 100_000);

    public ReplicaSettings {
        if (minInSyncReplicas < 1 || producerIdExpirationMs < 1 || maxProducerIds < 1) {
            throw new IllegalArgumentException("replica settings must be positive");
        }
    }

    /// Nothing is throttled.
    public ReplicaSettings(
            int minInSyncReplicas, long producerIdExpirationMs, int maxProducerIds, ReplicationSettings replication) {
        this(
                minInSyncReplicas,
                producerIdExpirationMs,
                maxProducerIds,
                replication,
                ThrottledReplicas.NONE,
                ThrottledReplicas.NONE);
    }

    public ReplicaSettings(int minInSyncReplicas, long producerIdExpirationMs, int maxProducerIds) {
        this(minInSyncReplicas, producerIdExpirationMs, maxProducerIds, ReplicationSettings.DEFAULTS);
    }
}
