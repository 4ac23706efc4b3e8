package io.sampo.core.simulation;

import io.sampo.core.partition.ReplicaEffect;
import io.sampo.core.partition.ReplicaEvent;
import io.sampo.core.partition.ReplicaEvent.BatchAppended;
import io.sampo.core.partition.ReplicaEvent.EpochStarted;
import io.sampo.core.partition.ReplicaId;
import io.sampo.core.partition.VoterSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// 8, 13, 18: a leader commits only what enough voters held as durably as the topic asks, with this epoch's marker,
/// while they were neither suspect nor set back to an older state.
final class CommitQuorumInvariant implements PartitionInvariant {
    private static final String NAME = "8 commits are held by enough voters";

    private record Place(int leaderEpoch, long baseOffset) {}

    private final Map<ReplicaId, Long> bits = new HashMap<>();
    private final Map<Place, Long> batchHolders = new HashMap<>();
    private final Map<Integer, Long> markerHolders = new HashMap<>();
    private final Set<Integer> activeEpochs = new HashSet<>();

    private final World world;

    CommitQuorumInvariant(World world) {
        this.world = world;
    }

    /// Whether majorities of the last marker's configuration and of the one before it hold that marker: voters may
    /// change (`min.insync.replicas` has no say in it).
    boolean isSettled(DiskImage image) {
        int last = image.markers.size() - 1;
        if (last < 0) {
            return false;
        }
        long holders = markerHolders.getOrDefault(image.lastEpoch(), 0L);
        VoterSet before = world.disaster.isForced(image.lastEpoch())
                ? VoterSet.NONE
                : last == 0 ? image.initialConfig : image.markers.get(last - 1).config();
        return count(image.config(), holders) >= image.config().majority()
                && (before.voters().isEmpty() || count(before, holders) >= before.majority());
    }

    @Override
    public void persisted(ReplicaShell replica, List<ReplicaEvent> events) {
        DiskImage image = replica.node.disk.image;
        if (image.suspect || replica.node.isSetBack) {
            return;
        }
        long bit = bit(replica.node.replicaId);
        for (ReplicaEvent event : events) {
            switch (event) {
                case BatchAppended batch ->
                    batchHolders.merge(
                            new Place(
                                    batch.header().leaderEpoch(), batch.header().baseOffset()),
                            bit,
                            (a, b) -> a | b);
                case EpochStarted started -> {
                    markerHolders.merge(started.leaderEpoch(), bit, (a, b) -> a | b);
                    if (world.disaster.isForced(started) && started.leader().equals(replica.node.replicaId)) {
                        holdsAll(replica, bit);
                    }
                }
                case ReplicaEvent.Opened _ -> holdsAll(replica, bit);
                case ReplicaEvent.Recovered _ -> {
                    holdsAgain(replica, bit);
                    holdsAll(replica, bit);
                }
                default -> {}
            }
        }
    }

    /// A replica counts again when it has all of what others counted on it for.
    private void holdsAgain(ReplicaShell replica, long bit) {
        long from = replica.node.disk.image.logStartOffset;
        List<StoredBatch> committed = world.committed.batches();
        List<StoredBatch> log = replica.node.disk.log();
        for (int i = world.committed.indexOf(from); i < committed.size(); i++) {
            StoredBatch batch = committed.get(i);
            Place place = new Place(batch.header().leaderEpoch(), batch.baseOffset());
            int own = LogTail.firstAtOrAfter(log, batch.baseOffset());
            Violation.check(
                    (batchHolders.getOrDefault(place, 0L) & bit) == 0
                            || (own < log.size() && log.get(own).isSame(batch)),
                    "12 recovered replicas have what they once acknowledged",
                    "node %d lacks %s",
                    replica.node.nodeId,
                    batch);
        }
    }

    private void holdsAll(ReplicaShell replica, long bit) {
        for (StoredBatch batch : replica.node.disk.log()) {
            batchHolders.merge(new Place(batch.header().leaderEpoch(), batch.baseOffset()), bit, (a, b) -> a | b);
        }
        for (DiskImage.Marker marker : replica.node.disk.image.markers) {
            markerHolders.merge(marker.leaderEpoch(), bit, (a, b) -> a | b);
        }
    }

    private long bit(ReplicaId replica) {
        return bits.computeIfAbsent(replica, _ -> 1L << (bits.size() % 64));
    }

    @Override
    public void committed(ReplicaShell leader, StoredBatch batch) {
        DiskImage image = leader.node.disk.image;
        long holders = batchHolders.getOrDefault(new Place(batch.header().leaderEpoch(), batch.baseOffset()), 0L)
                & markerHolders.getOrDefault(image.lastEpoch(), 0L);
        int required = required(image.config(), leader.minInSyncReplicas);
        Violation.check(
                count(image.config(), holders) >= required,
                NAME,
                "node %d commits %s with %d voters, required are %d of %d",
                leader.node.nodeId,
                batch,
                count(image.config(), holders),
                required,
                image.config().voters().size());
    }

    @Override
    public void effect(ReplicaShell replica, ReplicaEffect effect) {
        if (effect instanceof ReplicaEffect.BecameActive active && activeEpochs.add(active.leaderEpoch())) {
            DiskImage image = replica.node.disk.image;
            long holders = markerHolders.getOrDefault(active.leaderEpoch(), 0L);
            int required = required(image.config(), replica.minInSyncReplicas);
            boolean old = true;
            int markers = image.markers.size();
            if (markers > 1 && !world.disaster.isForced(active.leaderEpoch())) {
                VoterSet before = image.markers.get(markers - 2).config();
                old = count(before, holders) >= before.majority();
            }
            Violation.check(
                    count(image.config(), holders) >= required && old,
                    NAME,
                    "node %d is active in epoch %d, its marker is at %d voters, required are %d; old majority: %b",
                    replica.node.nodeId,
                    active.leaderEpoch(),
                    count(image.config(), holders),
                    required,
                    old);
        }
    }

    private static int required(VoterSet config, int minInSyncReplicas) {
        int voters = config.voters().size();
        return Math.max(voters / 2 + 1, Math.min(minInSyncReplicas, voters));
    }

    private int count(VoterSet config, long holders) {
        int count = 0;
        for (ReplicaId voter : config.voters()) {
            if ((holders & bit(voter)) != 0) {
                count++;
            }
        }
        return count;
    }
}
