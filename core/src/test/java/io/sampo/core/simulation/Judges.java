package io.sampo.core.simulation;

import io.sampo.core.partition.AppendOutcome;
import io.sampo.core.partition.ReplicaEffect;
import io.sampo.core.partition.ReplicaEnvelope;
import io.sampo.core.partition.ReplicaEvent;
import java.util.List;

/// All invariants of a run, told of everything in the same order.
final class Judges {
    private final World world;
    private final List<PartitionInvariant> invariants;
    private final AcknowledgementInvariant acknowledgements;

    Judges(World world) {
        this.world = world;
        this.acknowledgements = new AcknowledgementInvariant(world);
        CommitQuorumInvariant quorum = new CommitQuorumInvariant(world);
        this.invariants = List.of(
                new PromiseInvariant(),
                new ElectionInvariant(),
                new SingleLeaderInvariant(),
                new HighWatermarkInvariant(world, this),
                quorum,
                new LeaderCompletenessInvariant(world),
                new LogMatchingInvariant(),
                new TruncationInvariant(world),
                new MarkerInvariant(),
                new SuspectInvariant(),
                new DurableVoteInvariant(world),
                acknowledgements,
                new ConfigChangeInvariant(world, quorum),
                new ProducerSequenceInvariant(),
                new ProducerStateInvariant(world),
                new CheckQuorumInvariant(world),
                new EndStateInvariant(world));
    }

    void decided(ReplicaShell replica) {
        for (PartitionInvariant invariant : invariants) {
            invariant.decided(replica);
        }
    }

    void effect(ReplicaShell replica, ReplicaEffect effect) {
        for (PartitionInvariant invariant : invariants) {
            invariant.effect(replica, effect);
        }
    }

    void beforeWrite(ReplicaShell replica, ReplicaEvent event) {
        for (PartitionInvariant invariant : invariants) {
            invariant.beforeWrite(replica, event);
        }
    }

    void written(ReplicaShell replica, ReplicaEvent event) {
        for (PartitionInvariant invariant : invariants) {
            invariant.written(replica, event);
        }
    }

    void persisted(ReplicaShell replica, List<ReplicaEvent> events) {
        for (PartitionInvariant invariant : invariants) {
            invariant.persisted(replica, events);
        }
    }

    void sent(ReplicaShell replica, ReplicaEnvelope envelope) {
        for (PartitionInvariant invariant : invariants) {
            invariant.sent(replica, envelope);
        }
    }

    void received(ReplicaShell replica, ReplicaEnvelope envelope) {
        for (PartitionInvariant invariant : invariants) {
            invariant.received(replica, envelope);
        }
    }

    void committed(ReplicaShell leader, StoredBatch batch) {
        for (PartitionInvariant invariant : invariants) {
            invariant.committed(leader, batch);
        }
        world.trace.mix(batch.contentHash());
    }

    void afterStep(ReplicaShell replica) {
        for (PartitionInvariant invariant : invariants) {
            invariant.afterStep(replica);
        }
    }

    void acknowledged(long producerId, Producer.Batch batch, AppendOutcome outcome) {
        acknowledgements.acknowledged(producerId, batch, outcome);
    }

    void atEnd() {
        for (PartitionInvariant invariant : invariants) {
            invariant.atEnd();
        }
    }
}
