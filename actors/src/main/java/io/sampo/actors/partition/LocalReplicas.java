package io.sampo.actors.partition;

import io.sampo.core.metadata.MetadataImage;
import io.sampo.core.metadata.TopicImage;
import io.sampo.core.partition.LogSettings;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.PartitionLogException;
import io.sampo.core.partition.ReplicaEffect;
import io.sampo.core.partition.ReplicaFiles;
import io.sampo.core.partition.ReplicaSettings;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.jspecify.annotations.Nullable;

/// Keeps the replicas of this node in step with the metadata: starts those that are assigned to it, deletes those
/// that no longer exist, hands changed settings on, opens again what failed for a cause outside, and closes all at
/// the end.
///
/// One actor per node. Never deletes a log because an image does not mention it, but only when an image that did is
/// followed by one that does not.
public final class LocalReplicas {

    public sealed interface Command {}

    /// A newer image of the cluster.
    public record ImageChanged(MetadataImage image) implements Command {}

    /// Runs a replica whatever the images say: the metadata log, before there is an image.
    public record Ensure(ReplicaSpec spec) implements Command {}

    /// Closes all replicas, then answers and stops.
    public record Stop(ActorRef<Done> replyTo) implements Command {}

    record ReplicaOpened(PartitionId id, ActorRef<Replica.Command> replica) implements Command {}

    record ReplicaActive(PartitionId id) implements Command {}

    /// @param known false when the replica waits for a leader
    record LeaderKnown(PartitionId id, boolean known) implements Command {}

    /// @param failure null after a stop that was asked for, or for a renewal
    /// @param renewal how the files are to be changed before another replica takes them over; null: not at all
    record ReplicaEnded(PartitionId id, @Nullable Throwable failure, ReplicaEffect.@Nullable Replication renewal)
            implements Command {}

    /// Somebody else leads the partition now, or nobody else can.
    record LeadershipLeft(PartitionId id) implements Command {}

    /// Close what has not given leadership away by now.
    private enum Close implements Command {
        INSTANCE
    }

    private record FilesChanged(PartitionId id, @Nullable Throwable failure) implements Command {}

    private record Reopen(PartitionId id) implements Command {}

    private enum Tick implements Command {
        INSTANCE
    }

    private enum Phase {
        WAITING,
        STARTING,
        OPEN,
        /// It leads, or follows a leader.
        SETTLED,
        /// Its files are being changed.
        RENEWING,
        OFFLINE
    }

    private static final class Local {
        private ReplicaSpec spec;
        private final boolean pinned;
        private Phase phase = Phase.WAITING;
        private @Nullable ActorRef<Replica.Command> replica;
        private long sinceMs;
        private int failures;
        private boolean deleting;
        private boolean stopping;

        Local(ReplicaSpec spec, boolean pinned) {
            this.spec = spec;
            this.pinned = pinned;
        }
    }

    private record Name(String topic, int partition) {
        static Name of(Local local) {
            return new Name(local.spec.topic(), local.spec.id().partition());
        }
    }

    private final ActorContext<Command> context;
    private final ReplicaHost host;
    private final PartitionEntities entities;
    private final AssignedReplicas assigned;
    private final Map<PartitionId, Local> locals = new HashMap<>();
    private final ArrayDeque<PartitionId> waiting = new ArrayDeque<>();

    /// Topics and indexes of partitions whose end is awaited: one of a new topic with the same name would find their
    /// directory.
    private final Set<Name> leaving = new HashSet<>();

    private final SettlingReplicas settling;
    private final ArrayDeque<PartitionId> toStop = new ArrayDeque<>();
    private int startingCount;
    private int stoppingCount;
    private @Nullable ActorRef<Done> stopReplyTo;

    /// Replicas that see to it that somebody else leads, before any is closed; and those that wait for their turn.
    private final ArrayDeque<PartitionId> toHandOver = new ArrayDeque<>();

    private final Set<PartitionId> handingOver = new HashSet<>();

    private boolean closing;

    private LocalReplicas(
            ActorContext<Command> context, ReplicaHost host, PartitionEntities entities, AssignedReplicas assigned) {
        this.context = context;
        context.setLoggerName(LocalReplicas.class);
        this.host = host;
        this.entities = entities;
        this.assigned = assigned;
        this.settling = new SettlingReplicas(
                host.settings().settlingAtATime(), host.settings().settleLimit());
        host.reportTo(context.getSelf());
    }

    /// @param logSettings effective settings of a topic's logs: its own configs over the broker's
    /// @param replicaSettings likewise for the rules of its replicas
    public static Behavior<Command> create(
            ReplicaHost host,
            PartitionEntities entities,
            Function<TopicImage, LogSettings> logSettings,
            Function<TopicImage, ReplicaSettings> replicaSettings) {
        return Behaviors.setup(context -> Behaviors.withTimers(timers -> {
            LocalReplicas replicas = new LocalReplicas(
                    context, host, entities, new AssignedReplicas(host.self(), logSettings, replicaSettings));
            startTick(timers, host.settings().retryInterval());
            return Behaviors.receiveMessage(replicas::onCommand);
        }));
    }

    private static void startTick(TimerScheduler<Command> timers, Duration interval) {
        timers.startTimerWithFixedDelay(Tick.INSTANCE, interval);
    }

    private Behavior<Command> onCommand(Command command) {
        switch (command) {
            case ImageChanged changed -> imageChanged(changed.image());
            case Ensure ensure -> ensure(ensure.spec(), true);
            case ReplicaOpened opened -> opened(opened);
            case ReplicaActive active -> active(active.id());
            case LeaderKnown known -> leaderKnown(known);
            case FilesChanged changed -> filesChanged(changed);
            case ReplicaEnded ended -> ended(ended);
            case Reopen reopen -> reopen(reopen.id());
            case Tick _ -> retry();
            case Stop stop -> stop(stop.replyTo());
            case LeadershipLeft left -> handingOver.remove(left.id());
            case Close _ -> {
                toHandOver.clear();
                handingOver.clear();
            }
        }
        startNext();
        handOverNext();
        stopNext();
        if (stopReplyTo != null && locals.isEmpty()) {
            stopReplyTo.tell(Done.getInstance());
            return Behaviors.stopped();
        }
        return Behaviors.same();
    }

    // ---- metadata --------------------------------------------------------------------------------------------

    private void imageChanged(MetadataImage newImage) {
        if (stopReplyTo == null) {
            assigned.changed(newImage).forEach(spec -> ensure(spec, false));
            removeUnassigned();
        }
    }

    private void ensure(ReplicaSpec spec, boolean pinned) {
        if (stopReplyTo != null) {
            return;
        }
        Local local = locals.get(spec.id());
        if (local != null && local.deleting) {
            // It comes back to this node: begun anew when the old replica has ended.
            return;
        }
        host.logs().register(spec.id(), spec.topic(), spec.logSettings());
        host.specs().put(spec.id(), spec);
        if (local == null) {
            locals.put(spec.id(), new Local(spec, pinned));
            waiting.add(spec.id());
            return;
        }
        ReplicaSpec before = local.spec;
        local.spec = spec;
        if (!before.logSettings().equals(spec.logSettings())) {
            host.logs().find(spec.id()).ifPresent(log -> log.updateSettings(spec.logSettings()));
        }
        if (local.replica != null && !before.replicaSettings().equals(spec.replicaSettings())) {
            local.replica.tell(new Replica.UpdateSettings(spec.replicaSettings()));
        }
        if (local.replica != null && !before.desired().equals(spec.desired())) {
            local.replica.tell(new Replica.UpdateReplicas(spec.desired()));
        }
    }

    private void removeUnassigned() {
        Set<PartitionId> gone = new HashSet<>();
        for (Map.Entry<PartitionId, Local> entry : locals.entrySet()) {
            if (!entry.getValue().pinned && !assigned.isWanted(entry.getKey())) {
                gone.add(entry.getKey());
            }
        }
        gone.forEach(this::delete);
    }

    private void delete(PartitionId id) {
        Local local = locals.get(id);
        if (local == null || local.deleting) {
            return;
        }
        local.deleting = true;
        leaving.add(Name.of(local));
        host.specs().remove(id);
        if (local.replica != null) {
            local.replica.tell(Replica.Delete.INSTANCE);
        } else if (local.phase != Phase.STARTING && local.phase != Phase.RENEWING) {
            forget(id, true);
        }
    }

    private void forget(PartitionId id, boolean delete) {
        Local gone = locals.remove(id);
        host.specs().remove(id);
        if (gone != null) {
            leaving.remove(Name.of(gone));
        }
        if (delete) {
            try {
                host.logs().delete(id);
            } catch (PartitionLogException e) {
                context.getLog().error("the log of {} could not be deleted", id, e);
            }
            // It may have come back to this node meanwhile.
            assigned.wanted(id).ifPresent(spec -> ensure(spec, false));
        }
    }

    // ---- life of a replica -----------------------------------------------------------------------------------

    private void startNext() {
        for (int left = waiting.size();
                left > 0 && startingCount < host.settings().startsAtATime() && settling.hasRoom(host.nowMs());
                left--) {
            PartitionId id = waiting.removeFirst();
            Local local = locals.get(id);
            if (local != null && local.phase == Phase.WAITING && leaving.contains(Name.of(local))) {
                waiting.addLast(id);
            } else if (local != null && local.phase == Phase.WAITING) {
                startingCount++;
                local.phase = Phase.STARTING;
                local.sinceMs = host.nowMs();
                entities.startReplica(id);
            }
        }
    }

    private void opened(ReplicaOpened opened) {
        Local local = locals.get(opened.id());
        if (local == null) {
            return;
        }
        leaveStarting(local);
        local.phase = Phase.OPEN;
        local.replica = opened.replica();
        local.sinceMs = host.nowMs();
        settling.opened(opened.id(), local.sinceMs);
        if (local.deleting) {
            local.replica.tell(Replica.Delete.INSTANCE);
        } else if (stopReplyTo != null) {
            toStop.add(opened.id());
        } else {
            local.replica.tell(new Replica.UpdateReplicas(local.spec.desired()));
            entities.wakeLeader(opened.id(), local.spec.replicas());
        }
    }

    private void leaderKnown(LeaderKnown known) {
        Local local = locals.get(known.id());
        if (local != null && (local.phase == Phase.OPEN || local.phase == Phase.SETTLED)) {
            local.phase = known.known() ? Phase.SETTLED : Phase.OPEN;
            if (known.known()) {
                settling.settled(known.id());
            }
            local.sinceMs = host.nowMs();
            local.failures = 0;
        }
    }

    private void leaveStarting(Local local) {
        if (local.phase == Phase.STARTING) {
            startingCount--;
        }
    }

    private void active(PartitionId id) {
        Local local = locals.get(id);
        if (local != null) {
            settling.settled(id);
            local.phase = Phase.SETTLED;
            local.failures = 0;
        }
    }

    private void ended(ReplicaEnded ended) {
        Local local = locals.get(ended.id());
        if (local == null) {
            return;
        }
        leaveStarting(local);
        settling.settled(ended.id());
        if (local.stopping) {
            local.stopping = false;
            stoppingCount--;
        }
        handingOver.remove(ended.id());
        local.replica = null;
        local.phase = Phase.OFFLINE;
        if (local.deleting) {
            forget(ended.id(), true);
        } else if (ended.renewal() != null) {
            local.phase = Phase.RENEWING;
            changeFiles(ended.id(), ended.renewal());
        } else if (stopReplyTo != null) {
            forget(ended.id(), false);
        } else if (ended.failure() == null || ReopenRule.isFromOutside(ended.failure())) {
            reopenLater(ended.id(), local);
        }
    }

    /// Cuts or replaces a log that nobody uses now; then another replica recovers from it.
    private void changeFiles(PartitionId id, ReplicaEffect.Replication renewal) {
        ReplicaFiles files = host.files();
        CompletableFuture<Void> change = CompletableFuture.runAsync(
                () -> {
                    switch (renewal) {
                        case ReplicaEffect.Truncate _ -> files.truncate(id);
                        case ReplicaEffect.Reset reset -> files.reset(id, reset.checkpoint());
                        case ReplicaEffect.CutDamage damage -> files.cutDamage(id, damage.fromOffset());
                        default -> throw new IllegalStateException("no change of files: " + renewal);
                    }
                },
                context.getSystem().dispatchers().lookup(DispatcherSelector.blocking()));
        context.pipeToSelf(change, (_, failure) -> new FilesChanged(id, failure));
    }

    private void filesChanged(FilesChanged changed) {
        Local local = locals.get(changed.id());
        if (local == null) {
            return;
        }
        local.phase = Phase.OFFLINE;
        if (local.deleting) {
            forget(changed.id(), true);
        } else if (stopReplyTo != null) {
            forget(changed.id(), false);
        } else if (changed.failure() != null) {
            context.getLog().error("the log of {} could not be cut", changed.id(), changed.failure());
            reopenLater(changed.id(), local);
        } else {
            local.phase = Phase.WAITING;
            waiting.addFirst(changed.id());
        }
    }

    private void reopenLater(PartitionId id, Local local) {
        context.scheduleOnce(ReopenRule.backoff(host.settings(), local.failures), context.getSelf(), new Reopen(id));
        local.failures++;
    }

    private void reopen(PartitionId id) {
        Local local = locals.get(id);
        if (local != null && local.phase == Phase.OFFLINE && stopReplyTo == null) {
            local.phase = Phase.WAITING;
            waiting.add(id);
        }
    }

    /// Messages through sharding may be lost (a shard on the move, an entity that just stopped): ask again.
    private void retry() {
        long before = host.nowMs() - host.settings().retryInterval().toMillis();
        for (Map.Entry<PartitionId, Local> entry : locals.entrySet()) {
            Local local = entry.getValue();
            if (local.sinceMs > before || local.deleting || stopReplyTo != null) {
                continue;
            }
            if (local.phase == Phase.STARTING) {
                entities.startReplica(entry.getKey());
            } else if (local.phase == Phase.OPEN) {
                if (host.directory().leadership(entry.getKey()).isPresent()) {
                    // Found without a change that the replica would have told: whoever campaigned now would be refused.
                    local.phase = Phase.SETTLED;
                } else {
                    entities.wakeLeader(entry.getKey(), local.spec.replicas());
                }
            } else if (local.phase == Phase.SETTLED
                    && host.directory().leadership(entry.getKey()).isEmpty()) {
                // Leadership was given up, or the leader is gone: sharding moves it, or this node takes it.
                local.phase = Phase.OPEN;
            }
        }
    }

    /// First leadership of all partitions goes to other nodes, while all replicas still run: followers are
    /// needed for it, and closing logs takes time that clients should not wait for. Not all at once: a partition
    /// goes on serving until it is its turn, and its turn is short.
    private void stop(ActorRef<Done> replyTo) {
        stopReplyTo = replyTo;
        waiting.clear();
        for (Map.Entry<PartitionId, Local> entry : locals.entrySet()) {
            if (entry.getValue().replica != null
                    && host.directory().local(entry.getKey()).isPresent()) {
                toHandOver.add(entry.getKey());
            }
        }
        context.scheduleOnce(host.settings().closeTimeout(), context.getSelf(), Close.INSTANCE);
    }

    private void handOverNext() {
        while (handingOver.size() < host.settings().stopsAtATime() && !toHandOver.isEmpty()) {
            PartitionId id = toHandOver.removeFirst();
            Local local = locals.get(id);
            if (local != null && local.replica != null) {
                handingOver.add(id);
                local.replica.tell(Replica.Leave.INSTANCE);
            }
        }
        if (stopReplyTo != null && !closing && handingOver.isEmpty()) {
            closing = true;
            close();
        }
    }

    /// What is still led here comes first, while the node can give its whole strength to it.
    private void close() {
        for (Map.Entry<PartitionId, Local> entry : List.copyOf(locals.entrySet())) {
            Local local = entry.getValue();
            if (local.replica != null) {
                if (host.directory().local(entry.getKey()).isPresent()) {
                    toStop.addFirst(entry.getKey());
                } else {
                    toStop.addLast(entry.getKey());
                }
            } else if (local.phase != Phase.STARTING && local.phase != Phase.RENEWING) {
                forget(entry.getKey(), false);
            }
        }
    }

    private void stopNext() {
        while (stoppingCount < host.settings().stopsAtATime() && !toStop.isEmpty()) {
            Local local = locals.get(toStop.removeFirst());
            if (local != null && local.replica != null && !local.stopping) {
                local.stopping = true;
                stoppingCount++;
                local.replica.tell(Replica.Stop.INSTANCE);
            }
        }
    }
}
