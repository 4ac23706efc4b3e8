package io.sampo.actors.partition;

import io.sampo.core.partition.PartitionId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// The leaders of this node. The replicas enter and remove them, each its own, on the replica's thread.
public final class NodeLeaderDirectory implements LeaderDirectory {
    private final ConcurrentHashMap<PartitionId, LocalLeaderHandle> leaders = new ConcurrentHashMap<>();
    private final Object listenersLock = new Object();

    /// By topic; guarded by listenersLock, which is held while listeners are called: leadership changes are rare,
    /// and so a listener sees each start before its end.
    private final Map<String, List<LeadershipListener>> listeners = new HashMap<>();

    @Override
    public Optional<LeaderHandle> local(PartitionId id) {
        return Optional.ofNullable(leaders.get(id));
    }

    @Override
    public Optional<Leadership> leadership(PartitionId partition) {
        LocalLeaderHandle leader = leaders.get(partition);
        return leader == null ? Optional.empty() : Optional.of(leader.leadership());
    }

    /// Leaders that exist already are reported at once, on the calling thread.
    @Override
    public void subscribe(String topic, LeadershipListener listener) {
        synchronized (listenersLock) {
            listeners.computeIfAbsent(topic, _ -> new ArrayList<>()).add(listener);
            for (LocalLeaderHandle leader : leaders.values()) {
                if (leader.log().topic().equals(topic)) {
                    Answers.guarded(() -> listener.started(leader));
                }
            }
        }
    }

    /// The handles of all partitions that are led here.
    public Collection<? extends LeaderHandle> all() {
        return leaders.values();
    }

    void started(LocalLeaderHandle leader) {
        synchronized (listenersLock) {
            leaders.put(leader.id(), leader);
            for (LeadershipListener listener :
                    listeners.getOrDefault(leader.log().topic(), List.of())) {
                Answers.guarded(() -> listener.started(leader));
            }
        }
    }

    /// Out of the directory first: who is woken by the end looks here again, on this very thread, and would for
    /// ever find the leader that has just ended.
    void ended(LocalLeaderHandle leader) {
        synchronized (listenersLock) {
            boolean led = leaders.remove(leader.id(), leader);
            leader.end();
            if (led) {
                for (LeadershipListener listener :
                        listeners.getOrDefault(leader.log().topic(), List.of())) {
                    Answers.guarded(() -> listener.ended(leader.id(), leader.leaderEpoch()));
                }
            }
        }
    }
}
