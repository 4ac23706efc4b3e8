package io.sampo.core.simulation;

import io.sampo.core.partition.ReplicaEnvelope;
import io.sampo.core.partition.ReplicaId;
import io.sampo.core.partition.ReplicaMessage.Fetch;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/// Check-quorum (1.9): a leader from which no majority fetches steps down, so that its clients look for another.
final class CheckQuorumInvariant implements PartitionInvariant {

    private record Follower(ReplicaShell leader, ReplicaId replica) {}

    private final World world;
    private final Map<Follower, Long> lastFetchUs = new HashMap<>();
    private final Map<ReplicaShell, Long> activeSinceUs = new HashMap<>();
    private final Set<ReplicaShell> resting = new HashSet<>();
    private final Map<ReplicaShell, Integer> epochs = new HashMap<>();

    CheckQuorumInvariant(World world) {
        this.world = world;
    }

    @Override
    public void received(ReplicaShell replica, ReplicaEnvelope envelope) {
        if (envelope.message() instanceof Fetch) {
            lastFetchUs.put(new Follower(replica, envelope.from()), world.agenda.nowUs());
        }
    }

    @Override
    public void afterStep(ReplicaShell replica) {
        if (replica.activeEpoch < 0) {
            activeSinceUs.remove(replica);
            epochs.remove(replica);
            return;
        }
        long nowUs = world.agenda.nowUs();
        // While it rests the nodes of all followers are alive; that they are not ends the rest.
        boolean rested = resting.remove(replica);
        // Other voters may have been silent for longer.
        Integer epoch = epochs.put(replica, replica.node.disk.image.lastEpoch());
        rested |= epoch == null || epoch != replica.node.disk.image.lastEpoch();
        if (replica.core.isResting()) {
            resting.add(replica);
        }
        if (rested) {
            activeSinceUs.put(replica, nowUs);
        }
        long since = Math.max(activeSinceUs.computeIfAbsent(replica, _ -> nowUs), replica.node.lastResumedUs);
        long limitUs = 4_000L * world.scenario.replication().checkQuorumMs();
        if (nowUs - since <= limitUs) {
            return;
        }
        int heard = 0;
        var voters = replica.node.disk.image.config().voters();
        for (ReplicaId voter : voters) {
            boolean self = voter.equals(replica.node.replicaId);
            heard += self || lastFetchUs.getOrDefault(new Follower(replica, voter), 0L) >= nowUs - limitUs ? 1 : 0;
        }
        Violation.check(
                heard > voters.size() / 2,
                "check-quorum",
                "node %d leads epoch %d and heard from %d of %d voters for %d ms",
                replica.node.nodeId,
                replica.activeEpoch,
                heard,
                voters.size(),
                limitUs / 1000);
    }
}
