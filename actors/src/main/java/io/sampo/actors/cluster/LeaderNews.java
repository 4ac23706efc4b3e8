package io.sampo.actors.cluster;

import io.sampo.actors.cluster.NodeMessage.Leader;
import io.sampo.actors.cluster.NodeMessage.Leaders;
import io.sampo.actors.cluster.NodeMessage.LeadersChanged;
import io.sampo.actors.partition.LeaderBoard;
import io.sampo.core.metadata.LeaderView.Leadership;
import io.sampo.core.partition.PartitionId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Spreads what this node leads, and takes over what others say of themselves. Changes are numbered by the node
/// that
/// makes them; who notices a gap asks for all.
///
/// Belongs to the [NodeMessenger], but for [#leads] and [#leadsNoMore]: any thread.
final class LeaderNews implements LeaderBoard.Listener {

    /// Entries of one message: well below Artery's largest frame (256 KiB) with five replicas each.
    static final int MAX_ENTRIES = 800;

    private final int selfNodeId;
    private final LeaderBoard board;
    private final Runnable changed;

    /// Guarded by this.
    private final Map<PartitionId, Leader> pending = new HashMap<>();

    /// Of the newest change that was sent. Begins with the time, so that no two lives of a node use the same
    /// numbers.
    private long version;

    private final Map<Integer, Long> known = new HashMap<>();
    private final Map<Integer, List<Leaders>> parts = new HashMap<>();

    /// @param changed is called on any thread when [#take] has something
    LeaderNews(int selfNodeId, LeaderBoard board, long nowMs, Runnable changed) {
        this.selfNodeId = selfNodeId;
        this.board = board;
        this.changed = changed;
        this.version = nowMs << 20;
    }

    long version() {
        return version;
    }

    @Override
    public void leads(PartitionId id, Leadership leadership) {
        put(new Leader(id, leadership.leaderEpoch(), leadership));
    }

    @Override
    public void leadsNoMore(PartitionId id, int leaderEpoch) {
        put(new Leader(id, leaderEpoch, null));
    }

    private void put(Leader leader) {
        boolean first;
        synchronized (this) {
            first = pending.isEmpty();
            pending.put(leader.id(), leader);
        }
        if (first) {
            changed.run();
        }
    }

    /// What changed here since it was taken last, for all other nodes.
    List<LeadersChanged> take() {
        List<Leader> changes;
        synchronized (this) {
            changes = new ArrayList<>(pending.values());
            pending.clear();
        }
        List<LeadersChanged> messages = new ArrayList<>();
        for (int from = 0; from < changes.size(); from += MAX_ENTRIES) {
            version++;
            messages.add(new LeadersChanged(
                    selfNodeId,
                    version,
                    List.copyOf(changes.subList(from, Math.min(changes.size(), from + MAX_ENTRIES)))));
        }
        return messages;
    }

    /// All that this node leads, for one who missed something.
    List<Leaders> all() {
        List<Leader> led = new ArrayList<>();
        board.ledBy(selfNodeId)
                .forEach((id, leadership) -> led.add(new Leader(id, leadership.leaderEpoch(), leadership)));
        int count = Math.max(1, (led.size() + MAX_ENTRIES - 1) / MAX_ENTRIES);
        List<Leaders> messages = new ArrayList<>(count);
        for (int part = 0; part < count; part++) {
            int from = part * MAX_ENTRIES;
            messages.add(new Leaders(
                    selfNodeId,
                    version,
                    part,
                    count,
                    List.copyOf(led.subList(from, Math.min(led.size(), from + MAX_ENTRIES)))));
        }
        return messages;
    }

    /// @return false when something was missed: ask for all
    boolean isUpToDate(int nodeId, long itsVersion) {
        Long last = known.get(nodeId);
        return last != null && last >= itsVersion;
    }

    /// @return false when something was missed: ask for all
    boolean heard(LeadersChanged news) {
        Long last = known.get(news.nodeId());
        if (last != null && news.version() <= last) {
            return true;
        }
        for (Leader change : news.changes()) {
            Leadership leadership = change.leadership();
            if (leadership == null) {
                board.heardNoMore(change.id(), news.nodeId(), change.leaderEpoch());
            } else {
                board.heard(change.id(), leadership);
            }
        }
        boolean complete = last != null && news.version() == last + 1;
        if (complete) {
            known.put(news.nodeId(), news.version());
        }
        return complete;
    }

    void heard(Leaders news) {
        List<Leaders> collected = parts.computeIfAbsent(news.nodeId(), _ -> new ArrayList<>());
        collected.removeIf(part -> part.version() != news.version() || part.part() == news.part());
        collected.add(news);
        if (collected.size() == news.parts()) {
            parts.remove(news.nodeId());
            Map<PartitionId, Leadership> led = new HashMap<>();
            for (Leaders part : collected) {
                for (Leader leader : part.leaders()) {
                    @Nullable Leadership leadership = leader.leadership();
                    if (leadership != null) {
                        led.put(leader.id(), leadership);
                    }
                }
            }
            board.heardAll(news.nodeId(), led);
            known.put(news.nodeId(), news.version());
        }
    }

    /// What the node leads is not known any more.
    void lost(int nodeId) {
        known.remove(nodeId);
        parts.remove(nodeId);
        board.lost(nodeId);
    }
}
