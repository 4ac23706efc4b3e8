package io.sampo.actors.partition;

import io.sampo.actors.partition.LocalReplica.Phase;
import io.sampo.core.partition.PartitionId;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/// Which replica of this node starts next, and when: a few at a time, not while many have yet to settle, and not while
/// an older one of the same name still has to leave.
///
/// Thread rule: the actor of [LocalReplicas].
final class StartQueue {

    private record Name(String topic, int partition) {
        static Name of(LocalReplica local) {
            return new Name(local.spec.topic(), local.spec.id().partition());
        }
    }

    private final ReplicaHost host;
    private final PartitionEntities entities;
    private final Map<PartitionId, LocalReplica> locals;
    private final ArrayDeque<PartitionId> waiting = new ArrayDeque<>();

    /// Topics and indexes of partitions whose end is awaited: one of a new topic with the same name would find their
    /// directory.
    private final Set<Name> leaving = new HashSet<>();

    private final SettlingReplicas settling;
    private int startingCount;

    /// @param locals all replicas of the node; not changed here, but for the phases of those that start
    StartQueue(ReplicaHost host, PartitionEntities entities, Map<PartitionId, LocalReplica> locals) {
        this.host = host;
        this.entities = entities;
        this.locals = locals;
        this.settling = new SettlingReplicas(
                host.settings().settlingAtATime(), host.settings().settleLimit());
    }

    void add(PartitionId id) {
        waiting.add(id);
    }

    void addFirst(PartitionId id) {
        waiting.addFirst(id);
    }

    /// Nothing starts any more.
    void clear() {
        waiting.clear();
    }

    void startNext() {
        for (int left = waiting.size();
                left > 0 && startingCount < host.settings().startsAtATime() && settling.hasRoom(host.nowMs());
                left--) {
            PartitionId id = waiting.removeFirst();
            LocalReplica local = locals.get(id);
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

    /// To be called before its phase changes.
    void opened(PartitionId id, LocalReplica local, long nowMs) {
        leaveStarting(local);
        settling.opened(id, nowMs);
    }

    /// It leads, or knows a leader.
    void settled(PartitionId id) {
        settling.settled(id);
    }

    /// To be called before its phase changes.
    void ended(PartitionId id, LocalReplica local) {
        leaveStarting(local);
        settling.settled(id);
    }

    private void leaveStarting(LocalReplica local) {
        if (local.phase == Phase.STARTING) {
            startingCount--;
        }
    }

    /// Its directory is there until it is [#gone].
    void leaves(LocalReplica local) {
        leaving.add(Name.of(local));
    }

    void gone(LocalReplica local) {
        leaving.remove(Name.of(local));
    }
}
