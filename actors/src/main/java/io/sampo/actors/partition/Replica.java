package io.sampo.actors.partition;

import io.sampo.core.partition.GatherRule;
import io.sampo.core.partition.Invariant;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.ReplicaCore;
import io.sampo.core.partition.ReplicaEffect;
import io.sampo.core.partition.ReplicaEvent;
import io.sampo.core.partition.ReplicaInput;
import io.sampo.core.partition.ReplicaPersistence;
import io.sampo.core.partition.ReplicaRole;
import io.sampo.core.partition.ReplicaSettings;
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

/// Hosts the [ReplicaCore] of one partition on this node: recovers it and persists what it decides.
/// [ReplicaCommands] translates commands into inputs, the [ReplicaDriver] gives them to the core, [ReplicaEffects]
/// carries out the effects, [OrderlyStop] hands leadership over and closes, [ReplicaEnd] says why it ended.
///
/// Requests do not come through the mailbox but through a [ReplicaIntake]; the mailbox sees at most one `Flush` for
/// them. While a persist is under way requests gather in the intake, so each persist takes all that waited. What other
/// replicas say does not come through the mailbox either, which stands still during a persist, but to the driver.
///
/// When the log has to be cut or replaced, the actor stops, the files are changed, and another one recovers from
/// them.
///
/// A failed disk or a violated invariant stops the actor: its partition is offline, the node lives.
public final class Replica extends EventSourcedBehavior<Replica.Command, ReplicaEvent, Replica.State>
        implements ReplicaDriver.Actor {

    public sealed interface Command {}

    /// Through sharding: run.
    public enum Start implements Command, ShardedMessage {
        INSTANCE
    }

    /// The node stops soon: see that another one leads, and go on following.
    enum Leave implements Command {
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

    /// Where metadata wants the partition to be, preferred leader first.
    record UpdateReplicas(ReplicaInput.DesiredReplicas replicas) implements Command {}

    /// The log is closed.
    enum Closed implements Command {
        INSTANCE
    }

    enum Internal implements Command {
        OPEN,
        FLUSH,
        PERSIST,
        EXPIRE_PRODUCERS
    }

    /// What a replica that stops in good order tells itself on the way.
    enum StopStep implements Command {
        HANDED_OVER,
        CLOSE
    }

    record CheckpointStored(@Nullable Throwable failure) implements Command {}

    record Failed(RuntimeException cause) implements Command {}

    /// The core is at its end: the files are to be changed before another one takes over.
    record Renew(ReplicaEffect.Replication change) implements Command {}

    /// The state as Pekko sees it. The core changes in place; recovered events are applied here, live ones were
    /// applied when they were decided.
    static final class State {
        final ReplicaCore core;
        boolean live;

        State(ReplicaCore core) {
            this.core = core;
        }
    }

    /// Of what Pekko says about an actor that ends: a stack trace for each failure of a disk, of which
    /// [LocalReplicas] and [ReplicaEnd] say once what it means. A node has it turned off.
    private static final String SUPERVISION_LOGGER = Replica.class.getName() + ".supervision";

    private final ActorContext<Command> context;
    private final PartitionId id;
    private final ReplicaSpec spec;
    private final ReplicaHost host;
    private final PartitionActorSettings settings;
    private final ReplicaIntake intake;
    private final CheckpointWriter checkpoints;
    private final ReplicaEffects effects;
    private final ReplicaTimer timer;
    private final ReplicaEnd end;
    private final ActorRef<Command> self;

    /// Null while the replica recovers.
    private @Nullable RunningReplica running;

    /// Null while the replica recovers.
    private @Nullable ReplicaCommands commands;

    private Replica(ActorContext<Command> context, PartitionId id, ReplicaSpec spec, ReplicaHost host) {
        super(PersistenceId.ofUniqueId(ReplicaPersistence.persistenceId(id)));
        this.context = context;
        this.id = id;
        this.spec = spec;
        this.host = host;
        this.settings = host.settings();
        this.self = context.getSelf();
        this.timer = new ReplicaTimer(
                host::nowMs, context.getSystem().scheduler(), context.getExecutionContext(), this::tick);
        this.intake = new ReplicaIntake(
                settings.intakeMaxRequests(),
                settings.intakeMaxBytes(),
                settings.drainMaxBytes(),
                new GatherRule(settings.gatherMaxWait().toNanos()),
                () -> self.tell(Internal.FLUSH),
                host::after);
        this.effects = new ReplicaEffects(self, id, spec, host, intake);
        this.end = new ReplicaEnd(id, spec, host, intake, effects, timer);
        this.checkpoints = new CheckpointWriter(
                context,
                persistenceId().id(),
                spec.syncsBeforeAcknowledge() ? settings.checkpointBytes() : settings.unsyncedCheckpointBytes());
    }

    public static Behavior<Command> create(PartitionId id, ReplicaHost host) {
        return Behaviors.setup(context -> {
            context.setLoggerName(SUPERVISION_LOGGER);
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
        return new State(new ReplicaCore(id, host.self(), spec.replicaSettings(), host.quotas()));
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
                .onSignal(RecoveryCompleted.instance(), this::recovered)
                .onSignal(RecoveryFailed.class, (_, signal) -> end.recoveryFailed(signal.getFailure()))
                .onSignal(JournalPersistFailed.class, (_, signal) -> storageFailed(signal.failure()))
                .onSignal(JournalPersistRejected.class, (_, signal) -> storageFailed(signal.failure()))
                .onSignal(PostStop.instance(), this::stopped)
                .build();
    }

    private void recovered(State state) {
        state.live = true;
        checkpoints.recovered(lastSequenceNumber(context));
        ReplicaDriver driver = new ReplicaDriver(state.core, host::nowMs, effects::carryOut, this);
        RunningReplica started = new RunningReplica(self, driver, effects);
        effects.drivenBy(started);
        running = started;
        OrderlyStop orderlyStop = new OrderlyStop(context, id, started, checkpoints, host);
        commands = new ReplicaCommands(id, spec, host, intake, started, checkpoints, orderlyStop, end);
        self.tell(Internal.OPEN);
    }

    // ---- from the driver, on its thread ----------------------------------------------------------------------

    @Override
    public void persistWanted() {
        self.tell(Internal.PERSIST);
    }

    @Override
    public void failed(RuntimeException cause) {
        self.tell(new Failed(cause));
    }

    @Override
    public void tickAt(long atMs) {
        timer.set(atMs);
    }

    private void tick(long timerNumber) {
        driver().stepAnytime(() -> timer.fired(timerNumber) ? new ReplicaInput.Tick() : null);
    }

    private void storageFailed(Throwable cause) {
        end.failed(cause);
        driver().step(new ReplicaInput.StorageFailed(String.valueOf(cause.getMessage())));
    }

    private void stopped(State state) {
        end.stopped(running, commands != null && commands.isStopping());
    }

    private ReplicaDriver driver() {
        return Invariant.present(running, "recovered replica").driver();
    }

    // ---- commands --------------------------------------------------------------------------------------------

    @Override
    public CommandHandler<Command, ReplicaEvent, State> commandHandler() {
        return (_, command) -> {
            try {
                ReplicaCommands recovered = Invariant.present(commands, "recovered replica");
                return recovered.onCommand(command) ? Effect().stop() : persist();
            } catch (RuntimeException e) {
                // A bug or damage: stop this partition loudly, keep its files.
                end.failed(e);
                return Effect().stop();
            }
        };
    }

    /// What the core wants persisted now, if anything.
    private Effect<ReplicaEvent, State> persist() {
        ReplicaEffect.Persist persist = driver().takePersist();
        return persist == null
                ? Effect().none()
                : Effect().persist(persist.events()).thenRun(_ -> persisted(persist));
    }

    /// The events are durable: now the outside may see what they mean.
    private void persisted(ReplicaEffect.Persist persist) {
        driver().persisted(effects::persisted, core -> {
            checkpoints.persisted(persist.events());
            if (checkpoints.isDue() && !driver().isPersisting() && core.role() != ReplicaRole.OFFLINE) {
                checkpoints.store(core, host.nowMs());
            }
        });
    }
}
