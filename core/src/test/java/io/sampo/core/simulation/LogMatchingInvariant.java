package io.sampo.core.simulation;

import io.sampo.core.partition.ReplicaEvent;
import io.sampo.core.partition.ReplicaEvent.BatchAppended;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// 5: a batch is known by epoch and offset, and so is everything before it: the same place has the same bytes and
/// the same predecessor in all logs, at all times.
final class LogMatchingInvariant implements PartitionInvariant {
    private static final String NAME = "5 logs match";

    private record Place(int leaderEpoch, long baseOffset) {}

    private final Map<Place, StoredBatch> known = new HashMap<>();
    private final Map<Place, StoredBatch> predecessors = new HashMap<>();

    @Override
    public void written(ReplicaShell replica, ReplicaEvent event) {
        if (!(event instanceof BatchAppended)) {
            return;
        }
        List<StoredBatch> log = replica.node.disk.log();
        StoredBatch batch = log.getLast();
        Place place = new Place(batch.header().leaderEpoch(), batch.baseOffset());
        StoredBatch other = known.putIfAbsent(place, batch);
        Violation.check(
                other == null || other.isSame(batch),
                NAME,
                "node %d writes %s, another has %s",
                replica.node.nodeId,
                batch,
                other);
        StoredBatch before = log.size() < 2 ? batch : log.get(log.size() - 2);
        Violation.check(
                before.nextOffset() >= batch.baseOffset()
                        || batch.baseOffset() <= replica.node.disk.image.logStartOffset,
                NAME,
                "node %d writes %s after %s",
                replica.node.nodeId,
                batch,
                before);
        if (before.nextOffset() == batch.baseOffset()) {
            StoredBatch otherBefore = predecessors.putIfAbsent(place, before);
            Violation.check(
                    otherBefore == null || otherBefore.isSame(before),
                    NAME,
                    "node %d writes %s after %s, another has it after %s",
                    replica.node.nodeId,
                    batch,
                    before,
                    otherBefore);
        }
    }
}
