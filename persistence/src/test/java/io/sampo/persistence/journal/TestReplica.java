package io.sampo.persistence.journal;

import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.ReplicaEvent;
import io.sampo.core.partition.ReplicaEvent.Checkpoint;
import io.sampo.core.partition.ReplicaPersistence;
import io.sampo.persistence.TestEvents;
import java.util.List;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.persistence.typed.PersistenceId;
import org.apache.pekko.persistence.typed.RecoveryCompleted;
import org.apache.pekko.persistence.typed.SnapshotAdapter;
import org.apache.pekko.persistence.typed.javadsl.CommandHandler;
import org.apache.pekko.persistence.typed.javadsl.EventHandler;
import org.apache.pekko.persistence.typed.javadsl.EventSourcedBehavior;
import org.apache.pekko.persistence.typed.javadsl.SignalHandler;

/// A replica in its smallest form: a typed persistent actor whose state is where its log ends, so that the plugins
/// are used exactly as the product uses them.
final class TestReplica extends EventSourcedBehavior<TestReplica.Command, ReplicaEvent, TestReplica.State> {

    sealed interface Command {}

    /// Persists `batchCount` batches of one record in one write.
    record Write(int batchCount, ActorRef<State> replyTo) implements Command {}

    /// Persists the first events of a replica.
    record Begin(ActorRef<State> replyTo) implements Command {}

    /// @param eventsSeen since the checkpoint that recovery began with; the checkpoint itself is not counted
    record State(long logEndOffset, int eventsSeen, int batchesSeen) {}

    private final PartitionId id;
    private final int snapshotEvery;
    private final ActorRef<State> recovered;

    static Behavior<Command> create(PartitionId id, int snapshotEvery, ActorRef<State> recovered) {
        return new TestReplica(id, snapshotEvery, recovered);
    }

    private TestReplica(PartitionId id, int snapshotEvery, ActorRef<State> recovered) {
        super(PersistenceId.ofUniqueId(ReplicaPersistence.persistenceId(id)));
        this.id = id;
        this.snapshotEvery = snapshotEvery;
        this.recovered = recovered;
    }

    @Override
    public String journalPluginId() {
        return ReplicaPersistence.journalPluginId(id, 4);
    }

    @Override
    public String snapshotPluginId() {
        return ReplicaPersistence.SNAPSHOT_PLUGIN_ID;
    }

    @Override
    public State emptyState() {
        return new State(0, 0, 0);
    }

    @Override
    public CommandHandler<Command, ReplicaEvent, State> commandHandler() {
        return newCommandHandlerBuilder()
                .forAnyState()
                .onCommand(
                        Begin.class,
                        (_, begin) -> Effect()
                                .persist(TestEvents.opening(id))
                                .thenRun(state -> begin.replyTo().tell(state)))
                .onCommand(
                        Write.class,
                        (state, write) -> Effect()
                                .persist(batches(state, write.batchCount()))
                                .thenRun(after -> write.replyTo().tell(after)))
                .build();
    }

    private static List<ReplicaEvent> batches(State state, int batchCount) {
        return java.util.stream.LongStream.range(state.logEndOffset(), state.logEndOffset() + batchCount)
                .<ReplicaEvent>mapToObj(offset -> TestEvents.batch(offset, 1))
                .toList();
    }

    @Override
    public EventHandler<State, ReplicaEvent> eventHandler() {
        return newEventHandlerBuilder()
                .forAnyState()
                .onAnyEvent((state, event) -> event instanceof ReplicaEvent.BatchAppended batch
                        ? new State(batch.header().nextOffset(), state.eventsSeen() + 1, state.batchesSeen() + 1)
                        : new State(state.logEndOffset(), state.eventsSeen() + 1, state.batchesSeen()));
    }

    @Override
    public SignalHandler<State> signalHandler() {
        return newSignalHandlerBuilder()
                .onSignal(RecoveryCompleted.class, (state, _) -> recovered.tell(state))
                .build();
    }

    @Override
    public boolean shouldSnapshot(State state, ReplicaEvent event, long sequenceNr) {
        return snapshotEvery > 0 && sequenceNr % snapshotEvery == 0;
    }

    @Override
    public SnapshotAdapter<State> snapshotAdapter() {
        return new SnapshotAdapter<>() {
            @Override
            public Object toJournal(State state) {
                return TestEvents.checkpoint(id, 0, state.logEndOffset());
            }

            @Override
            public State fromJournal(Object from) {
                return new State(((Checkpoint) from).logEndOffset(), 0, 0);
            }
        };
    }
}
