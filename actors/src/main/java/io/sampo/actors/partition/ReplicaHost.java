package io.sampo.actors.partition;

import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.PartitionLogs;
import io.sampo.core.partition.ReplicaId;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/// What the actors of partitions share on one node: ports, settings, and which replicas are to run and do run.
///
/// Thread rule: any thread.
public final class ReplicaHost {
    private final ReplicaId self;
    private final String bootId;
    private final PartitionLogs logs;
    private final NodeLeaderDirectory directory;
    private final PartitionActorSettings settings;
    private final LongSupplier nowMs;
    private final ConcurrentHashMap<PartitionId, ReplicaSpec> specs = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<PartitionId, ActorRef<Replica.Command>> running = new ConcurrentHashMap<>();
    private final ScheduledThreadPoolExecutor alarms;
    private volatile @Nullable ActorRef<LocalReplicas.Command> localReplicas;

    /// @param bootId identifies the boot of the operating system, as it identifies itself
    /// @param nowMs the node's clock
    public ReplicaHost(
            String bootId,
            PartitionLogs logs,
            NodeLeaderDirectory directory,
            PartitionActorSettings settings,
            LongSupplier nowMs) {
        this.self = logs.self();
        this.bootId = bootId;
        this.logs = logs;
        this.directory = directory;
        this.settings = settings;
        this.nowMs = nowMs;
        this.alarms = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().name("sampo-gather-alarm").daemon().factory());
        // Without waits there is no thread.
        alarms.setKeepAliveTime(10, TimeUnit.SECONDS);
        alarms.allowCoreThreadTimeOut(true);
    }

    /// Runs a short task once, `nanos` from now, more exactly than the ticks of the actor system's scheduler.
    void after(long nanos, Runnable task) {
        var _ = alarms.schedule(task, nanos, TimeUnit.NANOSECONDS);
    }

    ReplicaId self() {
        return self;
    }

    String bootId() {
        return bootId;
    }

    PartitionLogs logs() {
        return logs;
    }

    NodeLeaderDirectory directory() {
        return directory;
    }

    PartitionActorSettings settings() {
        return settings;
    }

    long nowMs() {
        return nowMs.getAsLong();
    }

    /// Partitions that have a replica on this node, as far as the newest image says.
    ConcurrentHashMap<PartitionId, ReplicaSpec> specs() {
        return specs;
    }

    /// Replicas that are open.
    ConcurrentHashMap<PartitionId, ActorRef<Replica.Command>> running() {
        return running;
    }

    /// Any thread.
    public void requestCheckpoint(PartitionId id) {
        ActorRef<Replica.Command> replica = running.get(id);
        if (replica != null) {
            replica.tell(Replica.StoreCheckpoint.INSTANCE);
        }
    }

    void reportTo(ActorRef<LocalReplicas.Command> actor) {
        localReplicas = actor;
    }

    void report(LocalReplicas.Command event) {
        ActorRef<LocalReplicas.Command> actor = localReplicas;
        if (actor != null) {
            actor.tell(event);
        }
    }
}
