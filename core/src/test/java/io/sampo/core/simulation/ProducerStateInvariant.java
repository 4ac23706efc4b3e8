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
/// lead, and not while it is suspect.
final class ProducerStateInvariant implements PartitionInvariant {
    private static final int BATCHES_REMEMBERED = 5;

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
        if (replica.judgesProducers && replica.mayStoreCheckpoint() && !replica.node.disk.image.suspect) {
            replica.judgesProducers = false;
            Map<Long, List<String>> known = known(replica);
            Map<Long, List<String>> expected = expected(replica);
            Violation.check(
                    agrees(known, expected),
                    "20 producers' state follows from the log",
                    "node %d knows %s, its log says %s",
                    replica.node.nodeId,
                    known,
                    expected);
        }
    }

    /// After a reset the older ones of the remembered batches may be missing: who has newer ones in the log does
    /// not repeat them. The last one never is.
    private static boolean agrees(Map<Long, List<String>> known, Map<Long, List<String>> expected) {
        return known.keySet().equals(expected.keySet())
                && known.entrySet().stream().allMatch(entry -> {
                    List<String> all = expected.getOrDefault(entry.getKey(), List.of());
                    int count = entry.getValue().size();
                    return count > 0
                            && count <= all.size()
                            && all.subList(all.size() - count, all.size()).equals(entry.getValue());
                });
    }

    private static Map<Long, List<String>> known(ReplicaShell replica) {
        Map<Long, List<String>> known = new TreeMap<>();
        for (ProducerEntry entry : replica.core.checkpoint().producers()) {
            List<String> batches = new ArrayList<>();
            for (ProducerBatch batch : entry.lastBatches()) {
                batches.add(batch.baseSequence() + "@" + batch.baseOffset());
            }
            known.put(entry.producerId(), batches);
        }
        return known;
    }

    /// From the replica's log, and below its beginning from what was committed.
    private Map<Long, List<String>> expected(ReplicaShell replica) {
        List<StoredBatch> log = replica.node.disk.log();
        long from = log.isEmpty()
                ? replica.node.disk.logEndOffset()
                : log.getFirst().baseOffset();
        Map<Long, ArrayDeque<String>> last = new TreeMap<>();
        for (StoredBatch batch : world.committed.batches().subList(0, world.committed.indexOf(from))) {
            note(last, batch);
        }
        log.forEach(batch -> note(last, batch));
        Map<Long, List<String>> expected = new TreeMap<>();
        last.forEach((producerId, batches) -> expected.put(producerId, List.copyOf(batches)));
        return expected;
    }

    private static void note(Map<Long, ArrayDeque<String>> last, StoredBatch batch) {
        if (batch.header().hasProducerId()) {
            ArrayDeque<String> batches = last.computeIfAbsent(batch.header().producerId(), _ -> new ArrayDeque<>());
            if (batches.size() == BATCHES_REMEMBERED) {
                batches.removeFirst();
            }
            batches.addLast(batch.header().baseSequence() + "@" + batch.baseOffset());
        }
    }
}
