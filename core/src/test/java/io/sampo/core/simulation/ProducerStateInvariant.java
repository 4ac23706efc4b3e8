package io.sampo.core.simulation;

import io.sampo.core.partition.ReplicaEffect;
import io.sampo.core.partition.ReplicaEvent.ProducerBatch;
import io.sampo.core.partition.ReplicaEvent.ProducerEntry;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// 20: what a replica knows of the producers is what its log says, neither more (rolled back with a truncation) nor
/// less (whatever was deleted, whatever the log begins with). Looked at when a replica opens and when it starts to
/// lead, and neither while it is suspect nor before it has what was committed when it was reset.
final class ProducerStateInvariant implements PartitionInvariant {
    private static final int BATCHES_REMEMBERED = 10;

    private record Written(int lastSequence, long lastOffset) {}

    private final World world;

    ProducerStateInvariant(World world) {
        this.world = world;
    }

    @Override
    public void effect(ReplicaShell replica, ReplicaEffect effect) {
        if (effect instanceof ReplicaEffect.Opened || effect instanceof ReplicaEffect.BecameActive) {
            replica.judgesProducers = true;
        }
    }

    @Override
    public void afterStep(ReplicaShell replica) {
        boolean complete = replica.activeEpoch >= 0 || replica.core.logEndOffset() >= replica.node.committedAtReset;
        if (world.disaster.isOvertaken(replica)) {
            return;
        }
        if (replica.judgesProducers && replica.mayStoreCheckpoint() && complete && !replica.node.disk.image.suspect) {
            replica.judgesProducers = false;
            Map<Long, List<Written>> known = known(replica);
            Map<Long, List<Written>> expected = expected(replica);
            if (world.disaster.startedEpoch() >= 0
                    && replica.core.checkpoint().forgottenProducerId() == Long.MAX_VALUE) {
                // Whoever was known only by what was given up is forgotten, and may go on anywhere.
                expected.keySet().retainAll(known.keySet());
            }
            Violation.check(
                    agrees(known, expected),
                    "20 producers' state follows from the log",
                    "node %d knows %s, its log says %s",
                    replica.node.nodeId,
                    known,
                    expected);
        }
    }

    /// After a reset the older ones of the remembered batches may be missing, and what is told first may be a number
    /// without a batch: it counts as long as there is nothing newer.
    private static boolean agrees(Map<Long, List<Written>> known, Map<Long, List<Written>> expected) {
        return known.keySet().equals(expected.keySet())
                && known.entrySet().stream()
                        .allMatch(entry -> agree(entry.getValue(), expected.getOrDefault(entry.getKey(), List.of())));
    }

    private static boolean agree(List<Written> told, List<Written> all) {
        boolean hasBatches = told.size() > 1 && told.getFirst().lastOffset < 0;
        List<Written> known = hasBatches ? told.subList(1, told.size()) : told;
        int count = known.size();
        if (count == 0 || count > all.size()) {
            return false;
        }
        List<Written> newest = all.subList(all.size() - count, all.size());
        return known.getFirst().lastSequence == newest.getFirst().lastSequence
                && known.subList(1, count).equals(newest.subList(1, count));
    }

    private static Map<Long, List<Written>> known(ReplicaShell replica) {
        Map<Long, List<Written>> known = new TreeMap<>();
        for (ProducerEntry entry : replica.core.checkpoint().producers()) {
            List<Written> batches = new ArrayList<>();
            for (ProducerBatch batch : entry.lastBatches()) {
                batches.add(new Written(batch.lastSequence(), batch.lastOffset()));
            }
            known.put(entry.producerId(), batches);
        }
        return known;
    }

    /// From the replica's log, and below its beginning from what was committed.
    private Map<Long, List<Written>> expected(ReplicaShell replica) {
        List<StoredBatch> log = replica.node.disk.log();
        long from = log.isEmpty()
                ? replica.node.disk.logEndOffset()
                : log.getFirst().baseOffset();
        Map<Long, ArrayDeque<Written>> last = new TreeMap<>();
        for (StoredBatch batch : world.committed.batches().subList(0, world.committed.indexOf(from))) {
            note(last, batch);
        }
        log.forEach(batch -> note(last, batch));
        Map<Long, List<Written>> expected = new TreeMap<>();
        last.forEach((producerId, batches) -> expected.put(producerId, List.copyOf(batches)));
        return expected;
    }

    private static void note(Map<Long, ArrayDeque<Written>> last, StoredBatch batch) {
        if (batch.header().hasProducerId()) {
            ArrayDeque<Written> batches = last.computeIfAbsent(batch.header().producerId(), _ -> new ArrayDeque<>());
            if (batches.size() == BATCHES_REMEMBERED) {
                batches.removeFirst();
            }
            int records = (int) (batch.nextOffset() - batch.baseOffset());
            batches.addLast(new Written(
                    batch.header().baseSequence() + records - 1, batch.header().lastOffset()));
        }
    }
}
