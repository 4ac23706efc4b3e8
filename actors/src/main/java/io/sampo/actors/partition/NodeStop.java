package io.sampo.actors.partition;

import io.sampo.actors.partition.LocalReplica.Phase;
import io.sampo.core.leadership.HandOverWindow;
import io.sampo.core.partition.PartitionId;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The orderly stop of all replicas of this node: who gives leadership away next, who closes next, and when all is
/// done.
///
/// First leadership of all partitions goes to other nodes, while all replicas still run: followers are needed for it,
/// and closing logs takes time that clients should not wait for. Not all at once: a partition goes on serving until it
/// is its turn, and its turn is short ([HandOverWindow]).
///
/// Thread rule: the actor of [LocalReplicas].
final class NodeStop {
    private static final Logger LOG = LoggerFactory.getLogger(NodeStop.class);

    private final ReplicaHost host;
    private final Map<PartitionId, LocalReplica> locals;
    private final Consumer<PartitionId> forget;

    private long begunMs;

    /// Null until the node stops.
    private @Nullable ActorRef<Done> replyTo;

    /// Replicas that see to it that somebody else leads, before any is closed; and those that wait for their turn.
    private final ArrayDeque<PartitionId> toHandOver = new ArrayDeque<>();

    private final HandOverWindow handingOver;
    private final ArrayDeque<PartitionId> toStop = new ArrayDeque<>();
    private int stoppingCount;
    private boolean closing;

    /// @param locals all replicas of the node; changed by `forget` only
    /// @param forget takes one out that has nothing to close
    NodeStop(ReplicaHost host, Map<PartitionId, LocalReplica> locals, Consumer<PartitionId> forget) {
        this.host = host;
        this.locals = locals;
        this.forget = forget;
        this.handingOver = new HandOverWindow(host.settings().stopsAtATime());
    }

    boolean isUnderWay() {
        return replyTo != null;
    }

    void begin(ActorRef<Done> answerTo) {
        replyTo = answerTo;
        begunMs = host.nowMs();
        for (Map.Entry<PartitionId, LocalReplica> entry : locals.entrySet()) {
            if (entry.getValue().replica != null
                    && host.directory().local(entry.getKey()).isPresent()) {
                toHandOver.add(entry.getKey());
            }
        }
        LOG.info("Stopping: leadership of {} partitions goes to other nodes", toHandOver.size());
    }

    /// One that was starting when the stop began.
    void opened(PartitionId id) {
        toStop.add(id);
    }

    /// Somebody else leads the partition now, or nobody else can.
    void leadershipLeft(PartitionId id) {
        handingOver.ended(id, host.nowMs());
    }

    /// What has not given leadership away by now is closed, and what has not started is not waited for.
    void handOverNoMore() {
        if (!closing) {
            LOG.warn(
                    "{} partitions have no other leader after {} ms: they are closed",
                    toHandOver.size() + handingOver.size(),
                    host.nowMs() - begunMs);
        }
        toHandOver.clear();
        handingOver.clear();
        forgetUnstarted();
    }

    /// A start goes through sharding, and may be waiting there for a node that is gone. Nothing is open yet that would
    /// have to be closed.
    private void forgetUnstarted() {
        for (Map.Entry<PartitionId, LocalReplica> entry : List.copyOf(locals.entrySet())) {
            if (entry.getValue().phase == Phase.STARTING) {
                LOG.warn("{} does not start: it is not waited for", entry.getValue());
                forget.accept(entry.getKey());
            }
        }
    }

    void ended(PartitionId id, LocalReplica local) {
        if (local.stopping) {
            local.stopping = false;
            stoppingCount--;
        }
        handingOver.ended(id, host.nowMs());
    }

    /// Has those begin whose turn it is.
    ///
    /// @return true when all is closed; then whoever asked for the stop has been answered
    boolean proceed() {
        handOverNext();
        stopNext();
        ActorRef<Done> asker = replyTo;
        if (asker == null || !locals.isEmpty()) {
            return false;
        }
        asker.tell(Done.getInstance());
        return true;
    }

    private void handOverNext() {
        while (!toHandOver.isEmpty() && handingOver.hasRoom(host.nowMs())) {
            PartitionId id = toHandOver.removeFirst();
            LocalReplica local = locals.get(id);
            if (local != null && local.replica != null) {
                handingOver.begun(id, host.nowMs());
                local.replica.tell(Replica.Leave.INSTANCE);
            }
        }
        if (replyTo != null && !closing && handingOver.size() == 0) {
            closing = true;
            LOG.info("Handed over after {} ms, closing {} replicas", host.nowMs() - begunMs, locals.size());
            close();
        }
    }

    /// What is still led here comes first, while the node can give its whole strength to it.
    private void close() {
        for (Map.Entry<PartitionId, LocalReplica> entry : List.copyOf(locals.entrySet())) {
            LocalReplica local = entry.getValue();
            if (local.replica != null) {
                if (host.directory().local(entry.getKey()).isPresent()) {
                    toStop.addFirst(entry.getKey());
                } else {
                    toStop.addLast(entry.getKey());
                }
            } else if (local.phase != Phase.STARTING && local.phase != Phase.RENEWING) {
                forget.accept(entry.getKey());
            }
        }
    }

    private void stopNext() {
        while (stoppingCount < host.settings().stopsAtATime() && !toStop.isEmpty()) {
            LocalReplica local = locals.get(toStop.removeFirst());
            if (local != null && local.replica != null && !local.stopping) {
                local.stopping = true;
                stoppingCount++;
                local.replica.tell(Replica.Stop.INSTANCE);
            }
        }
    }
}
