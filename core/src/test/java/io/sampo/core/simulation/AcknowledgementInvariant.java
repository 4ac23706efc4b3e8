package io.sampo.core.simulation;

import io.sampo.core.partition.AppendOutcome;
import io.sampo.core.partition.ReplicaEffect;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.protocol.Errors;

/// 14, 19: acks=all is answered when the record is committed, at the offset that the answer says; and there it
/// stays.
final class AcknowledgementInvariant implements PartitionInvariant {
    private static final String NAME = "14, 19 acknowledged records are there";

    private record Acknowledged(long producerId, int baseSequence, long baseOffset, long lastOffset) {}

    private final World world;
    private final List<Acknowledged> acknowledged = new ArrayList<>();

    AcknowledgementInvariant(World world) {
        this.world = world;
    }

    @Override
    public void effect(ReplicaShell replica, ReplicaEffect effect) {
        if (effect instanceof ReplicaEffect.AppendCompleted completed
                && completed.outcome().error() == Errors.NONE
                && completed.request().acks() == -1
                && !world.disaster.isOvertaken(replica)) {
            Violation.check(
                    completed.outcome().lastOffset() < world.committed.end(),
                    NAME,
                    "node %d acknowledges offset %d, committed up to %d",
                    replica.node.nodeId,
                    completed.outcome().lastOffset(),
                    world.committed.end());
        }
    }

    void acknowledged(long producerId, Producer.Batch batch, AppendOutcome outcome) {
        Acknowledged entry = new Acknowledged(
                producerId, batch.baseSequence, outcome.baseOffset(), outcome.baseOffset() + batch.recordCount - 1);
        Violation.check(outcome.lastOffset() == entry.lastOffset, NAME, "%s is answered with %s", entry, outcome);
        check(entry);
        acknowledged.add(entry);
    }

    private void check(Acknowledged entry) {
        if (world.disaster.lost(entry.producerId, entry.baseSequence, entry.baseOffset)) {
            return;
        }
        int index = world.committed.indexOf(entry.baseOffset);
        StoredBatch found = index < world.committed.batches().size()
                ? world.committed.batches().get(index)
                : null;
        Violation.check(
                found != null
                        && found.header().producerId() == entry.producerId
                        && found.header().baseSequence() == entry.baseSequence
                        && found.baseOffset() == entry.baseOffset
                        && found.header().lastOffset() == entry.lastOffset,
                NAME,
                "%s was acknowledged, there is %s",
                entry,
                found);
    }

    @Override
    public void atEnd() {
        acknowledged.forEach(this::check);
    }
}
