package io.sampo.actors.partition;

import io.sampo.actors.partition.LeaderDirectory.Transfer;
import io.sampo.core.leadership.ReplicaStanding;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.PartitionLogs;
import io.sampo.core.partition.ReplicaEnvelope;
import io.sampo.core.partition.ReplicaFiles;
import io.sampo.core.partition.ReplicaId;
import io.sampo.core.partition.ReplicaInput;
import io.sampo.core.partition.ReplicaTransport;
import io.sampo.core.partition.ReplicationQuotas;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/// What the actors of partitions share on one node: ports, settings, and which replicas are to run and do run.
///
/// Thread rule: any thread.
public final class ReplicaHost implements ReplicaTransport.Receiver {
    private final ReplicaId self;
    private final String bootId;
    private final PartitionLogs logs;
    private final ReplicaFiles files;
    private final NodeLeaderDirectory directory;
    private final PartitionActorSettings settings;
    private final LongSupplier nowMs;
    private final ConcurrentHashMap<PartitionId, ReplicaSpec> specs = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<PartitionId, RunningReplica> running = new ConcurrentHashMap<>();
    private final ScheduledThreadPoolExecutor alarms;
    private final ReplicaTransport transport;
    private final IntPredicate reachable;
    private final Consumer<PartitionId> whenOpened;
    private final ReplicationQuotas quotas;
    private final CatchUpReads catchUpReads;
    private final EndedReplicas endedReplicas = new EndedReplicas();
    private volatile @Nullable ActorRef<LocalReplicas.Command> localReplicas;
    private volatile BiConsumer<PartitionId, String> whenSetBack = (_, _) -> {};

    /// @param bootId identifies the boot of the operating system, as it identifies itself
    /// @param nowMs a clock that never goes back
    /// @param transport to the replicas of other nodes
    /// @param reachable whether a node, by its id, can be reached as far as is known
    /// @param whenOpened is told of each replica that has opened; it then wants to know which nodes are alive
    /// @param quotas of what throttled replicas send and take
    public ReplicaHost(
            String bootId,
            PartitionLogs logs,
            ReplicaFiles files,
            NodeLeaderDirectory directory,
            PartitionActorSettings settings,
            LongSupplier nowMs,
            ReplicaTransport transport,
            IntPredicate reachable,
            Consumer<PartitionId> whenOpened,
            ReplicationQuotas quotas,
            CatchUpReads catchUpReads) {
        this.quotas = quotas;
        this.catchUpReads = catchUpReads;
        this.whenOpened = whenOpened;
        this.transport = transport;
        this.reachable = reachable;
        this.self = logs.self();
        this.bootId = bootId;
        this.logs = logs;
        this.files = files;
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

    ReplicaFiles files() {
        return files;
    }

    public int nodeId() {
        return self.nodeId();
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
    ConcurrentHashMap<PartitionId, RunningReplica> running() {
        return running;
    }

    /// Any thread.
    public void requestCheckpoint(PartitionId id) {
        RunningReplica replica = running.get(id);
        if (replica != null) {
            replica.actor().tell(Replica.StoreCheckpoint.INSTANCE);
        }
    }

    ReplicationQuotas quotas() {
        return quotas;
    }

    CatchUpReads catchUpReads() {
        return catchUpReads;
    }

    /// What another node's replica says to one of this node; nobody hears it when that does not run. Any thread.
    @Override
    public void received(ReplicaEnvelope envelope) {
        RunningReplica replica = running.get(envelope.partition());
        if (replica != null) {
            replica.driver().step(new ReplicaInput.Received(envelope));
        }
    }

    @Override
    public void received(ReplicaEnvelope envelope, Runnable consumed) {
        RunningReplica replica = running.get(envelope.partition());
        if (replica != null) {
            replica.driver().received(new ReplicaInput.Received(envelope), consumed);
        } else {
            consumed.run();
        }
    }

    /// Gives an input to one replica of this node, or to all (null). Any thread.
    public void give(@Nullable PartitionId id, ReplicaInput input) {
        if (id == null) {
            running.values().forEach(replica -> replica.driver().step(input));
            return;
        }
        RunningReplica replica = running.get(id);
        if (replica != null) {
            replica.driver().step(input);
        }
    }

    public EndedReplicas endedReplicas() {
        return endedReplicas;
    }

    void ended(PartitionId id, RunningReplica replica) {
        running.remove(id, replica);
        endedReplicas.ended(id);
    }

    void opened(PartitionId id, RunningReplica replica) {
        running.put(id, replica);
        whenOpened.accept(id);
    }

    /// Moves leadership of a partition that is led here. Any thread.
    public CompletionStage<Transfer> transfer(PartitionId id, int targetNodeId) {
        RunningReplica replica = running.get(id);
        return replica == null
                ? CompletableFuture.completedStage(new Transfer(false, "no replica runs here"))
                : replica.transfer(targetNodeId);
    }

    /// What the replica of this node says of itself; empty when none runs. Any thread.
    public CompletionStage<Optional<ReplicaStanding>> standing(PartitionId id) {
        CompletableFuture<Optional<ReplicaStanding>> standing = new CompletableFuture<>();
        RunningReplica replica = running.get(id);
        if (replica == null) {
            standing.complete(Optional.empty());
        } else {
            replica.driver()
                    .look(
                            core -> standing.complete(Optional.of(ReplicaStanding.of(self, core))),
                            () -> standing.complete(Optional.empty()));
        }
        return standing;
    }

    /// `listener` is told of each replica whose directory was found to be of an older state, and why; the replica
    /// is offline for good then. To be called before replicas start. The listener is called by any thread and
    /// returns soon.
    public void whenSetBack(BiConsumer<PartitionId, String> listener) {
        whenSetBack = listener;
    }

    void setBack(PartitionId id, String why) {
        whenSetBack.accept(id, why);
    }

    ReplicaTransport transport() {
        return transport;
    }

    boolean isReachable(int nodeId) {
        return nodeId == self.nodeId() || reachable.test(nodeId);
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
