package io.sampo.actors.partition;

import io.sampo.actors.partition.LocalReplica.Phase;
import java.time.Duration;
import org.slf4j.Logger;

/// What the log says of replicas that go offline for a cause outside and come back: once each. A replica on a full disk
/// is opened again and again for hours, leads, and fails with its next record. Bugs and damage are said by the replica
/// itself ([ReplicaEnd]).
///
/// Thread rule: the actor of [LocalReplicas].
final class OfflineNews {
    /// A replica that has led or followed for so long without a failure is back.
    static final Duration ONLINE_AFTER = Duration.ofSeconds(10);

    private final Logger log;

    OfflineNews(Logger log) {
        this.log = log;
    }

    void offline(LocalReplica local, Throwable failure) {
        if (local.saidOffline) {
            log.debug("{} is still offline", local, failure);
        } else {
            local.saidOffline = true;
            log.error("{} is offline, and is tried again: {}", local, failure.getMessage());
        }
    }

    /// To be called now and then.
    void look(LocalReplica local, long nowMs) {
        if (local.saidOffline && local.phase == Phase.SETTLED && nowMs - local.sinceMs >= ONLINE_AFTER.toMillis()) {
            local.saidOffline = false;
            log.info("{} is online again", local);
        }
    }
}
