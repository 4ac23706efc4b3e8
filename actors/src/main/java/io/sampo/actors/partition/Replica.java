package io.sampo.actors.partition;

import io.sampo.core.partition.GatherRule;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.ReplicaCore;
import io.sampo.core.partition.ReplicaEffect;
import io.sampo.core.partition.ReplicaEvent;
import io.sampo.core.partition.ReplicaInput;
import io.sampo.core.partition.ReplicaPersistence;
import io.sampo.core.partition.ReplicaRequest;
import io.sampo.core.partition.ReplicaSettings;
import java.util.List;
import org.apache.kafka.common.protocol.Errors;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.apache.pekko.persistence.typed.JournalPersistFailed;
import org.apache.pekko.persistence.typed.JournalPersistRejected;
import org.apache.pekko.persistence.typed.PersistenceId;
import org.apache.pekko.persistence.typed.RecoveryCompleted;
import org.apache.pekko.persistence.typed.RecoveryFailed;
import org.apache.pekko.persistence.typed.SnapshotAdapter;
import org.apache.pekko.persistence.typed.javadsl.CommandHandler;
import org.apache.pekko.persistence.typed.javadsl.Effect;
import org.apache.pekko.persistence.typed.javadsl.EventHandler;
import org.apache.pekko.persistence.typed.javadsl.EventSourcedBehavior;
import org.apache.pekko.persistence.typed.javadsl.SignalHandler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Hosts the [ReplicaCore] of one partition on this node: translates commands into inputs, persists what the core
/// decides and carries out its effects.
///
/// Requests do not come through the mailbox but through a [ReplicaIntake]; the mailbox sees at most one `Flush` for
/// them. While a persist is under way requests gather in the intake, so each persist takes all that waited.
///
/// A failed disk or a violated invariant stops the actor: its partition is offline, the node lives.
public final class Replica extends EventSourcedBehavior<Replica.Command, ReplicaEvent, Replica.State> {

    public sealed interface Command {}

    /// Through sharding: run.
    public enum Start implements Command, ShardedMessage {
        INSTANCE
    }

    /// From sharding or from the node: close the log and stop.
    public enum Stop implements Command {
        INSTANCE
    }

    /// The partition is gone: stop without closing the log, which will be deleted.
    enum Delete implements Command {
        INSTANCE
    }

    /// Housekeeping waits for a newer checkpoint.
    enum StoreCheckpoint implements Command {
        INSTANCE
    }

    record Campaign(ActorRef<PartitionLeader.Command> leader) implements Command {}

    record Resign(long leaseNumber, ActorRef<PartitionLeader.Command> leader) implements Command {}

    record UpdateSettings(ReplicaSettings settings) implements Command {}

    private enum Internal implements Command {
        OPEN,
        FLUSH,
        CONTINUE,
        EXPIRE_PRODUCERS,
        CLOSE
    }

    record CheckpointStored(@Nullable Throwable failure) implements Command {}

    /// The state as Pekko sees it. The core changes in place; recovered events are applied here, live ones were
    /// applied when they were decided.
    static final class State {
        final ReplicaCore core;
        boolean live;

        State(ReplicaCore core) {
            this.core = core;
        }
    }

    private static final Logger LOG = LoggerFactory.getLogger(Replica.class);

    private final ActorContext<Command> context;
    private final PartitionId id;
    private final ReplicaSpec spec;
    private final ReplicaHost host;
    private final PartitionActorSettings settings;
    private final ReplicaIntake intake;
    private final CheckpointWriter checkpoints;
    private final ReplicaEffects effects;

    /// What the core wants persisted next, decided when the persist before it was done.
    private ReplicaEffect.@Nullable Persist next;

    private @Nullable Throwable failure;
    private boolean endReported;
    private boolean stopping;

    private Replica(ActorContext<Command> context, PartitionId id, ReplicaSpec spec, ReplicaHost host) {
        super(PersistenceId.ofUniqueId(ReplicaPersistence.persistenceId(id)));
        this.context = context;
        this.id = id;
        this.spec = spec;
        this.host = host;
        this.settings = host.settings();
        ActorRef<Command> self = context.getSelf();
        this.intake = new ReplicaIntake(
                settings.intakeMaxRequests(),
                settings.intakeMaxBytes(),
                settings.drainMaxBytes(),
                new GatherRule(settings.gatherMaxWait().toNanos()),
                () -> self.tell(Internal.FLUSH),
                host::after);
        this.effects = new ReplicaEffects(self, id, spec.topic(), host, intake);
        this.checkpoints = new CheckpointWriter(
                context,
                persistenceId().id(),
                spec.logSettings().syncBeforeAcknowledge()
                        ? settings.checkpointBytes()
                        : settings.unsyncedCheckpointBytes());
    }

    public static Behavior<Command> create(PartitionId id, ReplicaHost host) {
        return Behaviors.setup(context -> {
            ReplicaSpec spec = host.specs().get(id);
            if (spec == null) {
                // A late start for a partition that is not (or no longer) this node's.
                return Behaviors.stopped();
            }
            return Behaviors.withTimers(timers -> {
                startTimers(timers, host.settings());
                return new Replica(context, id, spec, host);
            });
        });
    }

    private static void startTimers(TimerScheduler<Command> timers, PartitionActorSettings settings) {
        timers.startTimerWithFixedDelay(Internal.EXPIRE_PRODUCERS, settings.producerExpirationCheckInterval());
    }

    // ---- Pekko Persistence -----------------------------------------------------------------------------------

    @Override
    public String journalPluginId() {
        return ReplicaPersistence.journalPluginId(id, settings.journalCount());
    }

    @Override
    public String snapshotPluginId() {
        return ReplicaPersistence.SNAPSHOT_PLUGIN_ID;
    }

    @Override
    public State emptyState() {
        return new State(new ReplicaCore(id, host.self(), spec.replicaSettings()));
    }

    @Override
    public EventHandler<State, ReplicaEvent> eventHandler() {
        return (state, event) -> {
            if (!state.live) {
                state.core.apply(event);
            }
            return state;
        };
    }

    @Override
    public SnapshotAdapter<State> snapshotAdapter() {
        return new SnapshotAdapter<>() {
            @Override
            public Object toJournal(State state) {
                return state.core.checkpoint();
            }

            @Override
            public State fromJournal(Object from) {
                State state = emptyState();
                state.core.restore((ReplicaEvent.Checkpoint) from);
                return state;
            }
        };
    }

    @Override
    public SignalHandler<State> signalHandler() {
        return newSignalHandlerBuilder()
                .onSignal(RecoveryCompleted.instance(), state -> {
                    state.live = true;
                    context.getSelf().tell(Internal.OPEN);
                })
                .onSignal(RecoveryFailed.class, (_, signal) -> recoveryFailed(signal.getFailure()))
                .onSignal(JournalPersistFailed.class, (state, signal) -> storageFailed(state, signal.failure()))
                .onSignal(JournalPersistRejected.class, (state, signal) -> storageFailed(state, signal.failure()))
                .onSignal(PostStop.instance(), this::stopped)
                .build();
    }

    /// Pekko ends an actor whose checkpoint could not be loaded without a PostStop: said here, or nobody hears of
    /// it.
    private void recoveryFailed(Throwable cause) {
        failure = cause;
        endReported = true;
        intake.close(Errors.KAFKA_STORAGE_ERROR);
        host.report(new LocalReplicas.ReplicaEnded(id, cause));
    }

    private void storageFailed(State state, Throwable cause) {
        failure = cause;
        effects.carryOut(
                state.core.step(new ReplicaInput.StorageFailed(String.valueOf(cause.getMessage())), host.nowMs()));
    }

    /// Whatever ended the actor: nobody is left waiting, nobody finds it any more.
    private void stopped(State state) {
        if (failure == null && !stopping) {
            failure = new IllegalStateException("the replica was stopped from outside");
        }
        if (failure != null) {
            LOG.error("{}-{} ({}) is offline", spec.topic(), id.partition(), id, failure);
            effects.carryOut(state.core.step(new ReplicaInput.StorageFailed(String.valueOf(failure.getMessage())), 0));
        }
        effects.endLeadership();
        intake.close(failure == null ? Errors.NOT_LEADER_OR_FOLLOWER : Errors.KAFKA_STORAGE_ERROR);
        host.running().remove(id, context.getSelf());
        if (!endReported) {
            host.report(new LocalReplicas.ReplicaEnded(id, failure));
        }
    }

    // ---- commands --------------------------------------------------------------------------------------------

    @Override
    public CommandHandler<Command, ReplicaEvent, State> commandHandler() {
        return (state, command) -> {
            try {
                return onCommand(state, command);
            } catch (RuntimeException e) {
                // A bug or damage: stop this partition loudly, keep its files.
                failure = e;
                return Effect().stop();
            }
        };
    }

    private Effect<ReplicaEvent, State> onCommand(State state, Command command) {
        if (next != null) {
            // The core is in the middle of a decision; the command has its turn after it.
            if (command != Internal.CONTINUE) {
                context.getSelf().tell(command);
            }
            ReplicaEffect.Persist persist = next;
            next = null;
            return persist(persist);
        }
        return switch (command) {
            case Start _ -> Effect().none();
            case Internal internal -> onInternal(state, internal);
            case Campaign campaign -> {
                if (stopping) {
                    campaign.leader().tell(new PartitionLeader.Refused("the replica stops"));
                    yield Effect().none();
                }
                effects.reportTo(campaign.leader());
                yield step(state, new ReplicaInput.Campaign());
            }
            case Resign resign -> {
                Effect<ReplicaEvent, State> effect = step(state, new ReplicaInput.Resign(resign.leaseNumber()));
                resign.leader().tell(PartitionLeader.Resigned.INSTANCE);
                yield effect;
            }
            case UpdateSettings update -> step(state, new ReplicaInput.SettingsChanged(update.settings()));
            case StoreCheckpoint _ -> {
                if (!stopping && checkpoints.mayStore()) {
                    checkpoints.store(state.core.checkpoint(), lastSequenceNumber(context), host.nowMs());
                }
                yield Effect().none();
            }
            case CheckpointStored stored -> checkpointStored(state, stored);
            case Stop _ -> stop(state);
            case Delete _ -> {
                stopping = true;
                effects.carryOut(state.core.step(new ReplicaInput.Resign(state.core.leaseNumber()), host.nowMs()));
                yield Effect().stop();
            }
        };
    }

    private Effect<ReplicaEvent, State> onInternal(State state, Internal command) {
        return switch (command) {
            case FLUSH -> flush(state);
            case OPEN ->
                step(
                        state,
                        new ReplicaInput.Open(
                                spec.topic(),
                                spec.initialConfig(),
                                host.bootId(),
                                spec.logSettings().syncBeforeAcknowledge()));
            case EXPIRE_PRODUCERS -> step(state, new ReplicaInput.Expire());
            case CLOSE -> close(state);
            case CONTINUE -> Effect().none();
        };
    }

    private Effect<ReplicaEvent, State> flush(State state) {
        List<ReplicaRequest> requests =
                intake.drain(settings.drainMaxRequests(), settings.drainMaxBytes(), System.nanoTime());
        ReplicaEffect.Persist persist =
                effects.carryOut(state.core.step(new ReplicaInput.Requests(requests), host.nowMs()));
        if (persist == null) {
            intake.drained(System.nanoTime());
            return Effect().none();
        }
        return Effect().persist(persist.events()).thenRun(newState -> {
            persisted(newState, persist);
            intake.drained(System.nanoTime());
        });
    }

    private Effect<ReplicaEvent, State> step(State state, ReplicaInput input) {
        ReplicaEffect.Persist persist = effects.carryOut(state.core.step(input, host.nowMs()));
        return persist == null ? Effect().none() : persist(persist);
    }

    private Effect<ReplicaEvent, State> persist(ReplicaEffect.Persist persist) {
        return Effect().persist(persist.events()).thenRun(state -> persisted(state, persist));
    }

    /// The events are durable: now the outside may see what they mean.
    private void persisted(State state, ReplicaEffect.Persist persist) {
        try {
            next = effects.carryOut(state.core.step(new ReplicaInput.Persisted(), host.nowMs()));
            if (next != null) {
                context.getSelf().tell(Internal.CONTINUE);
            } else {
                checkpoints.persisted(persist.events());
                if (checkpoints.isDue()) {
                    checkpoints.store(state.core.checkpoint(), lastSequenceNumber(context), host.nowMs());
                }
            }
        } catch (RuntimeException e) {
            failure = e;
            throw e;
        }
    }

    private Effect<ReplicaEvent, State> stop(State state) {
        if (stopping) {
            return Effect().none();
        }
        stopping = true;
        effects.carryOut(state.core.step(new ReplicaInput.Resign(state.core.leaseNumber()), host.nowMs()));
        if (!checkpoints.isWorthwhile()) {
            return close(state);
        }
        checkpoints.store(state.core.checkpoint(), lastSequenceNumber(context), host.nowMs());
        context.scheduleOnce(settings.closeTimeout(), context.getSelf(), Internal.CLOSE);
        return Effect().none();
    }

    private Effect<ReplicaEvent, State> checkpointStored(State state, CheckpointStored stored) {
        checkpoints.stored();
        if (stored.failure() != null) {
            // Recovery reads a longer tail; nothing is lost.
            LOG.warn("no checkpoint of {}-{} ({})", spec.topic(), id.partition(), id, stored.failure());
        }
        return stopping ? close(state) : Effect().none();
    }

    private Effect<ReplicaEvent, State> close(State state) {
        ReplicaEffect.Persist persist = effects.carryOut(state.core.step(new ReplicaInput.Close(), host.nowMs()));
        if (persist == null) {
            return Effect().stop();
        }
        return Effect()
                .persist(persist.events())
                .thenRun(newState -> effects.carryOut(newState.core.step(new ReplicaInput.Persisted(), host.nowMs())))
                .thenStop();
    }
}
