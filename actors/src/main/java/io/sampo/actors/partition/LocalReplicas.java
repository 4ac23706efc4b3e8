package io.sampo.actors.partition;

import io.sampo.actors.partition.LocalReplica.Phase;
import io.sampo.core.metadata.MetadataImage;
import io.sampo.core.metadata.TopicImage;
import io.sampo.core.partition.LogSettings;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.PartitionLogException;
import io.sampo.core.partition.ReplicaEffect;
import io.sampo.core.partition.ReplicaFiles;
import io.sampo.core.partition.ReplicaSettings;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
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
/// the end. The [StartQueue] decides who starts next, [NodeStop] who closes next.
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
    enum Close implements Command {
        INSTANCE
    }

    private record FilesChanged(PartitionId id, @Nullable Throwable failure) implements Command {}

    private record Reopen(PartitionId id) implements Command {}

    private enum Tick implements Command {
        INSTANCE
    }

    private final ActorContext<Command> context;
    private final ReplicaHost host;
    private final PartitionEntities entities;
    private final AssignedReplicas assigned;
    private final Map<PartitionId, LocalReplica> locals = new HashMap<>();
    private final StartQueue starts;
    private final NodeStop nodeStop;
    private final OfflineNews offlineNews;

    private LocalReplicas(
            ActorContext<Command> context, ReplicaHost host, PartitionEntities entities, AssignedReplicas assigned) {
        this.context = context;
        context.setLoggerName(LocalReplicas.class);
        this.host = host;
        this.entities = entities;
        this.assigned = assigned;
        this.starts = new StartQueue(host, entities, locals);
        this.nodeStop = new NodeStop(host, locals, id -> forget(id, false));
        this.offlineNews = new OfflineNews(context.getLog());
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
            case LeadershipLeft left -> nodeStop.leadershipLeft(left.id());
            case Close _ -> nodeStop.handOverNoMore();
        }
        starts.startNext();
        if (nodeStop.proceed()) {
            return Behaviors.stopped();
        }
        return Behaviors.same();
    }

    // ---- metadata --------------------------------------------------------------------------------------------

    private void imageChanged(MetadataImage newImage) {
        if (!nodeStop.isUnderWay()) {
            assigned.changed(newImage).forEach(spec -> ensure(spec, false));
            removeUnassigned();
        }
    }

    private void ensure(ReplicaSpec spec, boolean pinned) {
        if (nodeStop.isUnderWay()) {
            return;
        }
        LocalReplica local = locals.get(spec.id());
        if (local != null && local.deleting) {
            // It comes back to this node: begun anew when the old replica has ended.
            return;
        }
        host.logs().register(spec.id(), spec.topic(), spec.logSettings());
        host.specs().put(spec.id(), spec);
        if (local == null) {
            locals.put(spec.id(), new LocalReplica(spec, pinned));
            starts.add(spec.id());
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
        for (Map.Entry<PartitionId, LocalReplica> entry : locals.entrySet()) {
            if (!entry.getValue().pinned && !assigned.isWanted(entry.getKey())) {
                gone.add(entry.getKey());
            }
        }
        gone.forEach(this::delete);
    }

    private void delete(PartitionId id) {
        LocalReplica local = locals.get(id);
        if (local == null || local.deleting) {
            return;
        }
        local.deleting = true;
        starts.leaves(local);
        host.specs().remove(id);
        if (local.replica != null) {
            local.replica.tell(Replica.Delete.INSTANCE);
        } else if (local.phase != Phase.STARTING && local.phase != Phase.RENEWING) {
            forget(id, true);
        }
    }

    private void forget(PartitionId id, boolean delete) {
        LocalReplica gone = locals.remove(id);
        host.specs().remove(id);
        if (gone != null) {
            starts.gone(gone);
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

    private void opened(ReplicaOpened opened) {
        LocalReplica local = locals.get(opened.id());
        if (local == null) {
            return;
        }
        local.sinceMs = host.nowMs();
        starts.opened(opened.id(), local, local.sinceMs);
        local.phase = Phase.OPEN;
        local.replica = opened.replica();
        if (local.deleting) {
            local.replica.tell(Replica.Delete.INSTANCE);
        } else if (nodeStop.isUnderWay()) {
            nodeStop.opened(opened.id());
        } else {
            local.replica.tell(new Replica.UpdateReplicas(local.spec.desired()));
            entities.wakeLeader(opened.id(), local.spec.replicas());
        }
    }

    private void leaderKnown(LeaderKnown known) {
        LocalReplica local = locals.get(known.id());
        if (local != null && (local.phase == Phase.OPEN || local.phase == Phase.SETTLED)) {
            local.phase = known.known() ? Phase.SETTLED : Phase.OPEN;
            if (known.known()) {
                starts.settled(known.id());
            }
            local.sinceMs = host.nowMs();
            local.failures = 0;
        }
    }

    private void active(PartitionId id) {
        LocalReplica local = locals.get(id);
        if (local != null) {
            starts.settled(id);
            local.phase = Phase.SETTLED;
            local.failures = 0;
        }
    }

    private void ended(ReplicaEnded ended) {
        LocalReplica local = locals.get(ended.id());
        if (local == null) {
            return;
        }
        starts.ended(ended.id(), local);
        nodeStop.ended(ended.id(), local);
        local.replica = null;
        local.phase = Phase.OFFLINE;
        if (local.deleting) {
            forget(ended.id(), true);
        } else if (ended.renewal() != null) {
            local.phase = Phase.RENEWING;
            changeFiles(ended.id(), ended.renewal());
        } else if (nodeStop.isUnderWay()) {
            forget(ended.id(), false);
        } else if (ended.failure() == null) {
            reopenLater(ended.id(), local);
        } else if (ReopenRule.isFromOutside(ended.failure())) {
            offlineNews.offline(local, ended.failure());
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
        LocalReplica local = locals.get(changed.id());
        if (local == null) {
            return;
        }
        local.phase = Phase.OFFLINE;
        if (local.deleting) {
            forget(changed.id(), true);
        } else if (nodeStop.isUnderWay()) {
            forget(changed.id(), false);
        } else if (changed.failure() != null) {
            context.getLog().error("the log of {} could not be cut", changed.id(), changed.failure());
            reopenLater(changed.id(), local);
        } else {
            local.phase = Phase.WAITING;
            starts.addFirst(changed.id());
        }
    }

    private void reopenLater(PartitionId id, LocalReplica local) {
        context.scheduleOnce(ReopenRule.backoff(host.settings(), local.failures), context.getSelf(), new Reopen(id));
        local.failures++;
    }

    private void reopen(PartitionId id) {
        LocalReplica local = locals.get(id);
        if (local != null && local.phase == Phase.OFFLINE && !nodeStop.isUnderWay()) {
            local.phase = Phase.WAITING;
            starts.add(id);
        }
    }

    /// Messages through sharding may be lost (a shard on the move, an entity that just stopped): ask again.
    private void retry() {
        long before = host.nowMs() - host.settings().retryInterval().toMillis();
        for (Map.Entry<PartitionId, LocalReplica> entry : locals.entrySet()) {
            LocalReplica local = entry.getValue();
            offlineNews.look(local, host.nowMs());
            if (local.sinceMs > before || local.deleting || nodeStop.isUnderWay()) {
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

    private void stop(ActorRef<Done> replyTo) {
        starts.clear();
        nodeStop.begin(replyTo);
        context.scheduleOnce(host.settings().handOverTimeout(), context.getSelf(), Close.INSTANCE);
    }
}
