package io.sampo.actors.partition;

import io.sampo.core.partition.GatherRule;
import io.sampo.core.partition.Invariant;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.ReplicaCore;
import io.sampo.core.partition.ReplicaEffect;
import io.sampo.core.partition.ReplicaEvent;
import io.sampo.core.partition.ReplicaInput;
import io.sampo.core.partition.ReplicaPersistence;
import io.sampo.core.partition.ReplicaRequest;
import io.sampo.core.partition.ReplicaRole;
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

/// Hosts the [ReplicaCore] of one partition on this node: recovers it, translates commands into inputs and persists
/// what the core decides. The [ReplicaDriver] gives the core its inputs, [ReplicaEffects] carries out the effects,
/// [OrderlyStop] hands leadership over and closes.
///
/// Requests do not come through the mailbox but through a [ReplicaIntake]; the mailbox sees at most one `Flush` for
/// them. While a persist is under way requests gather in the intake, so each persist takes all that waited. What
/// other
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

    private enum Internal implements Command {
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

    private record Failed(RuntimeException cause) implements Command {}

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

    private static final Logger LOG = LoggerFactory.getLogger(Replica.class);

    private final ActorContext<Command> context;
    private final PartitionId id;
    private final ReplicaSpec spec;
    private final ReplicaHost host;
    private final PartitionActorSettings settings;
    private final ReplicaIntake intake;
    private final CheckpointWriter checkpoints;
    private final ReplicaEffects effects;
    private final ReplicaTimer timer;
    private final ActorRef<Command> self;

    /// Null while the replica recovers.
    private @Nullable RunningReplica running;

    /// Null while the replica recovers.
    private @Nullable OrderlyStop orderlyStop;

    private @Nullable Throwable failure;
    private ReplicaEffect.@Nullable Replication renewal;
    private boolean endReported;
    private boolean deleting;

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
        this.checkpoints = new CheckpointWriter(
                context,
                persistenceId().id(),
                spec.syncsBeforeAcknowledge() ? settings.checkpointBytes() : settings.unsyncedCheckpointBytes());
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
                .onSignal(RecoveryFailed.class, (_, signal) -> recoveryFailed(signal.getFailure()))
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
        orderlyStop = new OrderlyStop(context, id, started, checkpoints, host);
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

    private void tick() {
        driver().stepAnytime(() -> {
            timer.fired();
            return new ReplicaInput.Tick();
        });
    }

    /// Pekko ends an actor whose checkpoint could not be loaded without a PostStop: said here, or nobody hears of
    /// it.
    private void recoveryFailed(Throwable cause) {
        failure = cause;
        endReported = true;
        intake.close(Errors.KAFKA_STORAGE_ERROR);
        host.report(new LocalReplicas.ReplicaEnded(id, cause, null));
    }

    private void storageFailed(Throwable cause) {
        failure = cause;
        driver().step(new ReplicaInput.StorageFailed(String.valueOf(cause.getMessage())));
    }

    /// Whatever ended the actor: nobody is left waiting, nobody finds it any more.
    private void stopped(State state) {
        boolean asked = deleting || (orderlyStop != null && orderlyStop.isUnderWay());
        if (failure == null && !asked && renewal == null) {
            failure = new IllegalStateException("the replica was stopped from outside");
        }
        Throwable cause = failure;
        ReplicaInput last = null;
        if (cause != null) {
            LOG.error("{}-{} ({}) is offline", spec.topic(), id.partition(), id, cause);
            last = new ReplicaInput.StorageFailed(String.valueOf(cause.getMessage()));
        } else if (deleting) {
            last = new ReplicaInput.StorageFailed("the partition is deleted");
        }
        if (running == null) {
            over(cause);
        } else {
            running.driver().end(last, () -> over(cause));
        }
    }

    private void over(@Nullable Throwable cause) {
        timer.end();
        effects.end();
        intake.close(cause == null ? Errors.NOT_LEADER_OR_FOLLOWER : Errors.KAFKA_STORAGE_ERROR);
        if (running != null) {
            host.ended(id, running);
        }
        if (!endReported) {
            host.report(new LocalReplicas.ReplicaEnded(id, cause, renewal));
        }
    }

    private ReplicaDriver driver() {
        return Invariant.present(running, "recovered replica").driver();
    }

    private OrderlyStop orderlyStop() {
        return Invariant.present(orderlyStop, "recovered replica");
    }

    // ---- commands --------------------------------------------------------------------------------------------

    @Override
    public CommandHandler<Command, ReplicaEvent, State> commandHandler() {
        return (_, command) -> {
            try {
                return onCommand(command) ? Effect().stop() : persist();
            } catch (RuntimeException e) {
                // A bug or damage: stop this partition loudly, keep its files.
                failure = e;
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

    /// @return true when the actor is to stop
    private boolean onCommand(Command command) {
        ReplicaDriver driver = driver();
        switch (command) {
            case Start _ -> {}
            case Internal internal -> onInternal(internal);
            case StopStep step -> orderlyStop().proceed(step);
            case Closed _ -> {
                return true;
            }
            case Campaign campaign -> {
                if (orderlyStop().isLeaving()) {
                    campaign.leader().tell(new PartitionLeader.Refused("the replica stops"));
                } else {
                    driver.stepByActor(_ -> {
                        effects.reportTo(campaign.leader());
                        return new ReplicaInput.Campaign();
                    });
                }
            }
            case Resign resign ->
                orderlyStop()
                        .handOver(
                                _ -> new ReplicaInput.Resign(resign.leaseNumber()),
                                () -> resign.leader().tell(PartitionLeader.Resigned.INSTANCE));
            case UpdateSettings update -> driver.stepByActor(_ -> new ReplicaInput.SettingsChanged(update.settings()));
            case UpdateReplicas update -> driver.stepByActor(_ -> update.replicas());
            case StoreCheckpoint _ -> storeCheckpoint();
            case CheckpointStored stored -> checkpointStored(stored);
            case Leave _ -> orderlyStop().leave(() -> host.report(new LocalReplicas.LeadershipLeft(id)));
            case Stop _ -> orderlyStop().begin();
            case Delete _ -> {
                deleting = true;
                driver.stepByActor(core -> new ReplicaInput.Resign(core.leaseNumber()));
                return true;
            }
            case Failed failed -> {
                failure = failed.cause();
                return true;
            }
            case Renew renew -> {
                renewal = renew.change();
                return true;
            }
        }
        return false;
    }

    private void onInternal(Internal command) {
        switch (command) {
            case FLUSH -> flush();
            case PERSIST -> {}
            case OPEN -> driver().stepByActor(_ -> open());
            case EXPIRE_PRODUCERS -> driver().stepByActor(_ -> new ReplicaInput.Expire());
        }
    }

    private ReplicaInput.Open open() {
        return new ReplicaInput.Open(
                spec.topic(),
                spec.initialConfig(),
                host.bootId(),
                spec.syncsBeforeAcknowledge(),
                host.files().damage(id).orElse(null));
    }

    private void flush() {
        driver().stepByActor(core -> {
            List<ReplicaRequest> requests =
                    intake.drain(settings.drainMaxRequests(), settings.drainMaxBytes(), System.nanoTime());
            requests.removeIf(
                    request -> EpochAppend.isOfAnotherEpoch(request, core.key().lastEpoch()));
            return new ReplicaInput.Requests(requests);
        });
        // Comes when the persist that this caused is done, or at once.
        driver().stepByActor(_ -> {
            intake.drained(System.nanoTime());
            return null;
        });
    }

    private void storeCheckpoint() {
        if (!orderlyStop().isUnderWay()) {
            driver().stepByActor(core -> {
                // A core that has ended waits for its files to be changed.
                if (checkpoints.mayStore() && core.role() != ReplicaRole.OFFLINE) {
                    checkpoints.store(core, host.nowMs());
                }
                return null;
            });
        }
    }

    private void checkpointStored(CheckpointStored stored) {
        driver().run(checkpoints::stored);
        if (stored.failure() != null) {
            // Recovery reads a longer tail; nothing is lost.
            LOG.warn("no checkpoint of {}-{} ({})", spec.topic(), id.partition(), id, stored.failure());
        }
        orderlyStop().checkpointStored();
    }
}
