package io.sampo.core.simulation;

import io.sampo.core.partition.ReplicaEnvelope;
import io.sampo.core.partition.ReplicaEvent;
import io.sampo.core.partition.ReplicaEvent.ConfigForced;
import io.sampo.core.partition.ReplicaEvent.EpochPromised;
import io.sampo.core.partition.ReplicaEvent.EpochStarted;
import io.sampo.core.partition.ReplicaId;
import io.sampo.core.partition.ReplicaMessage.Fetch;
import io.sampo.core.partition.ReplicaMessage.PromiseReply;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// 1: the promised epoch never falls, an epoch is promised to one candidate only, and the promise is on disk before
/// the reply leaves.
final class PromiseInvariant implements PartitionInvariant {
    private static final String NAME = "1 promises are durable, and never fall";

    private record Grant(ReplicaId voter, int leaderEpoch) {}

    private final Map<ReplicaId, Integer> durable = new HashMap<>();
    private final Map<Grant, ReplicaId> grants = new HashMap<>();

    @Override
    public void beforeWrite(ReplicaShell replica, ReplicaEvent event) {
        if (event instanceof EpochPromised promised) {
            int before = replica.node.disk.image.promisedEpoch;
            Violation.check(
                    promised.leaderEpoch() >= before, NAME, "epoch %d after %d", promised.leaderEpoch(), before);
        }
        if (event instanceof ConfigForced forced) {
            int before = replica.node.disk.image.promisedEpoch;
            Violation.check(forced.leaderEpoch() > before, NAME, "epoch %d after %d", forced.leaderEpoch(), before);
        }
    }

    @Override
    public void persisted(ReplicaShell replica, List<ReplicaEvent> events) {
        for (ReplicaEvent event : events) {
            if (event instanceof EpochPromised promised) {
                durable.merge(replica.node.replicaId, promised.leaderEpoch(), Math::max);
            } else if (event instanceof ConfigForced forced) {
                durable.merge(replica.node.replicaId, forced.leaderEpoch(), Math::max);
            } else if (event instanceof EpochStarted started) {
                // A marker is a promise too.
                durable.merge(replica.node.replicaId, started.leaderEpoch(), Math::max);
            } else if (event instanceof ReplicaEvent.Opened) {
                // What a killed process had written is synced with it.
                durable.merge(replica.node.replicaId, replica.node.disk.image.promisedEpoch, Math::max);
            }
        }
    }

    @Override
    public void sent(ReplicaShell replica, ReplicaEnvelope envelope) {
        if (replica.node.isSetBack) {
            // It cannot know what it promised; nobody counts it.
            return;
        }
        if (envelope.message() instanceof Fetch fetch) {
            Violation.check(
                    fetch.leaderEpoch() >= durable.getOrDefault(replica.node.replicaId, -1),
                    "1 who promised an epoch obeys no older leader",
                    "node %d fetches in epoch %d, promised %d",
                    replica.node.nodeId,
                    fetch.leaderEpoch(),
                    durable.getOrDefault(replica.node.replicaId, -1));
        }
        if (envelope.message() instanceof PromiseReply reply && reply.granted()) {
            ReplicaId voter = replica.node.replicaId;
            Violation.check(
                    durable.getOrDefault(voter, -1) >= reply.leaderEpoch(),
                    NAME,
                    "node %d grants epoch %d, durable is %d",
                    replica.node.nodeId,
                    reply.leaderEpoch(),
                    durable.getOrDefault(voter, -1));
            ReplicaId before = grants.putIfAbsent(new Grant(voter, reply.leaderEpoch()), envelope.to());
            Violation.check(
                    before == null || before.equals(envelope.to()),
                    NAME,
                    "node %d grants epoch %d twice",
                    replica.node.nodeId,
                    reply.leaderEpoch());
        }
    }
}
