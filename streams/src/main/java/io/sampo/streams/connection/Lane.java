package io.sampo.streams.connection;

import org.apache.kafka.common.protocol.ApiKeys;

/// A broker answers a connection's requests in order, so one that it holds for a while holds up all behind it. A
/// heartbeat must not wait behind a fetch without data, nor behind the rebalance of another group: such requests get
/// connections of their own, made when they are needed.
enum Lane {
    /// Answered at once: metadata, coordinators, heartbeats, commits. One connection to a node.
    CONTROL,
    /// One connection to a node, so that batches arrive in the order in which they were sent.
    PRODUCE,
    /// May be held by the broker: each has a connection that nothing else waits for.
    WAITING;

    static Lane of(ApiKeys api) {
        return switch (api) {
            case PRODUCE -> PRODUCE;
            case FETCH,
                    SHARE_FETCH,
                    JOIN_GROUP,
                    SYNC_GROUP,
                    CREATE_TOPICS,
                    DELETE_TOPICS,
                    CREATE_PARTITIONS,
                    DELETE_RECORDS,
                    ELECT_LEADERS,
                    ALTER_PARTITION_REASSIGNMENTS -> WAITING;
            default -> CONTROL;
        };
    }
}
