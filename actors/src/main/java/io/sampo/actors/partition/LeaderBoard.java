package io.sampo.actors.partition;

import io.sampo.core.metadata.LeaderView;
import io.sampo.core.partition.PartitionId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/// Who leads which partition, over all nodes: soft state that each leader's node tells the others. The highest
/// leader
/// epoch wins; nothing here decides who may write.
///
/// Thread rule: any thread; lookups are lock-free.
public final class LeaderBoard implements LeaderView {

    /// Told about leaders of this node, to spread the word.
    public interface Listener {
        void leads(PartitionId id, Leadership leadership);

        /// This node led the partition up to this epoch and does so no more.
        void leadsNoMore(PartitionId id, int leaderEpoch);
    }

    private final int selfNodeId;
    private final ConcurrentHashMap<PartitionId, Leadership> leaders = new ConcurrentHashMap<>();
    private final List<Listener> listeners = new CopyOnWriteArrayList<>();
    private final Successions successions;

    public LeaderBoard(int selfNodeId) {
        this(selfNodeId, PartitionActorSettings.DEFAULTS.successionMaxWait());
    }

    /// @param successionMaxWait see [PartitionActorSettings]
    public LeaderBoard(int selfNodeId, Duration successionMaxWait) {
        this.selfNodeId = selfNodeId;
        this.successions = new Successions(successionMaxWait);
    }

    @Override
    public Optional<Leadership> leadership(PartitionId partition) {
        return Optional.ofNullable(leaders.get(partition));
    }

    public void listen(Listener listener) {
        listeners.add(listener);
    }

    /// All that are led on one node, as far as is known.
    public Map<PartitionId, Leadership> ledBy(int nodeId) {
        Map<PartitionId, Leadership> led = new HashMap<>();
        leaders.forEach((id, leadership) -> {
            if (leadership.nodeId() == nodeId) {
                led.put(id, leadership);
            }
        });
        return led;
    }

    /// From this node's replica.
    void leadHere(PartitionId id, Leadership leadership) {
        if (enter(id, leadership)) {
            listeners.forEach(listener -> listener.leads(id, leadership));
        }
    }

    /// From this node's replica.
    void leadNoMore(PartitionId id, int leaderEpoch) {
        if (remove(id, selfNodeId, leaderEpoch)) {
            successions.leadershipEnded(id);
            if (leaders.containsKey(id)) {
                successions.leaderKnown(id);
            }
            listeners.forEach(listener -> listener.leadsNoMore(id, leaderEpoch));
        }
    }

    /// Runs the task when it is known who leads after this node; at once, when this node has not led lately. At the
    /// latest when the longest wait is over.
    void whenLeaderKnown(PartitionId id, Runnable task) {
        successions.whenKnown(id, task);
    }

    /// From another node.
    public void heard(PartitionId id, Leadership leadership) {
        enter(id, leadership);
    }

    /// From another node.
    public void heardNoMore(PartitionId id, int nodeId, int leaderEpoch) {
        remove(id, nodeId, leaderEpoch);
    }

    /// From another node: these are all that it leads.
    public void heardAll(int nodeId, Map<PartitionId, Leadership> led) {
        for (PartitionId id : new ArrayList<>(leaders.keySet())) {
            if (!led.containsKey(id)) {
                leaders.computeIfPresent(id, (_, known) -> known.nodeId() == nodeId ? null : known);
            }
        }
        led.forEach(this::enter);
    }

    /// A node cannot be reached: nobody should be sent to it.
    public void lost(int nodeId) {
        heardAll(nodeId, Map.of());
    }

    private boolean enter(PartitionId id, Leadership leadership) {
        boolean[] entered = {false};
        leaders.compute(id, (_, known) -> {
            boolean newer = known == null
                    || known.leaderEpoch() < leadership.leaderEpoch()
                    || (known.leaderEpoch() == leadership.leaderEpoch() && known.nodeId() == leadership.nodeId());
            entered[0] = newer && !leadership.equals(known);
            return newer ? leadership : known;
        });
        successions.leaderKnown(id);
        return entered[0];
    }

    private boolean remove(PartitionId id, int nodeId, int upToEpoch) {
        boolean[] removed = {false};
        leaders.computeIfPresent(id, (_, known) -> {
            removed[0] = known.nodeId() == nodeId && known.leaderEpoch() <= upToEpoch;
            return removed[0] ? null : known;
        });
        return removed[0];
    }
}
