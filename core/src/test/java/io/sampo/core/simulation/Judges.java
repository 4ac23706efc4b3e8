package io.sampo.core.simulation;

import io.sampo.core.partition.AppendOutcome;
import io.sampo.core.partition.ReplicaEffect;
import io.sampo.core.partition.ReplicaEnvelope;
import io.sampo.core.partition.ReplicaEvent;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// All invariants of a run, told of everything in the same order.
final class Judges {
    /// Names of the methods that the class itself has.
    private static final ClassValue<Set<String>> OVERRIDDEN = new ClassValue<>() {
        @Override
        protected Set<String> computeValue(Class<?> invariant) {
            return Arrays.stream(invariant.getDeclaredMethods())
                    .map(Method::getName)
                    .collect(Collectors.toSet());
        }
    };

    private final World world;
    private final AcknowledgementInvariant acknowledgements;
    private final ProducerSequenceInvariant sequences;

    // Each is called for what it looks at only: most of a run's calls would be to methods that do nothing.
    private final PartitionInvariant[] ofDecisions;
    private final PartitionInvariant[] ofEffects;
    private final PartitionInvariant[] ofEventsToWrite;
    private final PartitionInvariant[] ofWrittenEvents;
    private final PartitionInvariant[] ofPersistedEvents;
    private final PartitionInvariant[] ofSentMessages;
    private final PartitionInvariant[] ofReceivedMessages;
    private final PartitionInvariant[] ofCommits;
    private final PartitionInvariant[] ofSteps;
    private final PartitionInvariant[] ofTheEnd;

    Judges(World world) {
        this.world = world;
        this.acknowledgements = new AcknowledgementInvariant(world);
        CommitQuorumInvariant quorum = new CommitQuorumInvariant(world);
        this.sequences = new ProducerSequenceInvariant();
        List<PartitionInvariant> invariants = List.of(
                new PromiseInvariant(),
                new ElectionInvariant(world),
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
                sequences,
                new ProducerStateInvariant(world),
                new CheckQuorumInvariant(world),
                new ForcedInvariant(),
                new EndStateInvariant(world));
        this.ofDecisions = with(invariants, "decided");
        this.ofEffects = with(invariants, "effect");
        this.ofEventsToWrite = with(invariants, "beforeWrite");
        this.ofWrittenEvents = with(invariants, "written");
        this.ofPersistedEvents = with(invariants, "persisted");
        this.ofSentMessages = with(invariants, "sent");
        this.ofReceivedMessages = with(invariants, "received");
        this.ofCommits = with(invariants, "committed");
        this.ofSteps = with(invariants, "afterStep");
        this.ofTheEnd = with(invariants, "atEnd");
    }

    /// Those that have a method of this name, in their order.
    private static PartitionInvariant[] with(List<PartitionInvariant> invariants, String method) {
        return invariants.stream()
                .filter(invariant -> OVERRIDDEN.get(invariant.getClass()).contains(method))
                .toArray(PartitionInvariant[]::new);
    }

    void decided(ReplicaShell replica) {
        for (PartitionInvariant invariant : ofDecisions) {
            invariant.decided(replica);
        }
    }

    void effect(ReplicaShell replica, ReplicaEffect effect) {
        for (PartitionInvariant invariant : ofEffects) {
            invariant.effect(replica, effect);
        }
    }

    void beforeWrite(ReplicaShell replica, ReplicaEvent event) {
        for (PartitionInvariant invariant : ofEventsToWrite) {
            invariant.beforeWrite(replica, event);
        }
    }

    void written(ReplicaShell replica, ReplicaEvent event) {
        world.disaster.written(replica, event);
        for (PartitionInvariant invariant : ofWrittenEvents) {
            invariant.written(replica, event);
        }
    }

    void persisted(ReplicaShell replica, List<ReplicaEvent> events) {
        for (PartitionInvariant invariant : ofPersistedEvents) {
            invariant.persisted(replica, events);
        }
    }

    void sent(ReplicaShell replica, ReplicaEnvelope envelope) {
        for (PartitionInvariant invariant : ofSentMessages) {
            invariant.sent(replica, envelope);
        }
    }

    void received(ReplicaShell replica, ReplicaEnvelope envelope) {
        for (PartitionInvariant invariant : ofReceivedMessages) {
            invariant.received(replica, envelope);
        }
    }

    void committed(ReplicaShell leader, StoredBatch batch) {
        for (PartitionInvariant invariant : ofCommits) {
            invariant.committed(leader, batch);
        }
        world.trace.mix(batch.contentHash());
    }

    void afterStep(ReplicaShell replica) {
        for (PartitionInvariant invariant : ofSteps) {
            invariant.afterStep(replica);
        }
    }

    /// A configuration was forced without some batches that had been committed.
    ///
    /// @param knownFrom producers without a batch from this offset on may be forgotten: 0, or the log start of
    ///     a voter that has nothing from there on, as one whose log was cut at damage below it
    void rewound(long knownFrom) {
        List<StoredBatch> committed = world.committed.batches();
        sequences.rewound(committed.subList(world.committed.indexOf(knownFrom), committed.size()));
    }

    void acknowledged(long producerId, Producer.Batch batch, AppendOutcome outcome) {
        acknowledgements.acknowledged(producerId, batch, outcome);
    }

    void atEnd() {
        for (PartitionInvariant invariant : ofTheEnd) {
            invariant.atEnd();
        }
    }
}
