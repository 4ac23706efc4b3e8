package io.sampo.actors.partition;

import io.sampo.core.leadership.ReplicaStanding;
import io.sampo.core.partition.PartitionId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;

/// The leaders and followers of this node. The replicas enter and remove them, each its own, on the replica's
/// thread.
public final class NodeLeaderDirectory implements LeaderDirectory {
    private final LeaderBoard board;
    private final ConcurrentHashMap<PartitionId, LocalLeaderHandle> leaders = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<PartitionId, LocalReadHandle> followers = new ConcurrentHashMap<>();
    private final Object listenersLock = new Object();

    /// By topic; guarded by listenersLock, which is held while listeners are called: leadership changes are rare,
    /// and so a listener sees each start before its end.
    private final Map<String, List<LeadershipListener>> listeners = new HashMap<>();

    /// Likewise.
    private final Map<String, List<FollowerListener>> followerListeners = new HashMap<>();

    private volatile BiFunction<PartitionId, Integer, CompletionStage<Transfer>> transfers =
            (_, _) -> CompletableFuture.completedStage(new Transfer(false, "the node has not started yet"));

    private volatile BiFunction<PartitionId, Collection<Integer>, CompletionStage<List<ReplicaStanding>>> standings =
            (_, _) -> CompletableFuture.completedStage(List.of());

    /// @param board what is known of other nodes' leaders
    public NodeLeaderDirectory(LeaderBoard board) {
        this.board = board;
    }

    @Override
    public Optional<LeaderHandle> local(PartitionId id) {
        return Optional.ofNullable(leaders.get(id));
    }

    @Override
    public Optional<ReadHandle> follower(PartitionId id) {
        return Optional.ofNullable(followers.get(id));
    }

    @Override
    public Optional<Leadership> leadership(PartitionId partition) {
        return board.leadership(partition);
    }

    @Override
    public void whenLeaderKnown(PartitionId id, Runnable task) {
        board.whenLeaderKnown(id, task);
    }

    LeaderBoard board() {
        return board;
    }

    /// Who reaches the leaders, here and elsewhere, carries transfers out.
    public void transferBy(BiFunction<PartitionId, Integer, CompletionStage<Transfer>> newTransfers) {
        transfers = newTransfers;
    }

    @Override
    public CompletionStage<Transfer> transfer(PartitionId id, int targetNodeId) {
        return transfers.apply(id, targetNodeId);
    }

    /// Who reaches the replicas, here and elsewhere, asks them.
    public void standingsBy(
            BiFunction<PartitionId, Collection<Integer>, CompletionStage<List<ReplicaStanding>>> newStandings) {
        standings = newStandings;
    }

    @Override
    public CompletionStage<List<ReplicaStanding>> standings(PartitionId id, Collection<Integer> nodeIds) {
        return standings.apply(id, nodeIds);
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

    /// Followers that exist already are reported at once, on the calling thread.
    @Override
    public void subscribeFollower(String topic, FollowerListener listener) {
        synchronized (listenersLock) {
            followerListeners.computeIfAbsent(topic, _ -> new ArrayList<>()).add(listener);
            for (LocalReadHandle follower : followers.values()) {
                if (follower.log().topic().equals(topic)) {
                    Answers.guarded(() -> listener.started(follower));
                }
            }
        }
    }

    /// The handles of all partitions that are led here.
    public Collection<? extends LeaderHandle> all() {
        return leaders.values();
    }

    void started(LocalLeaderHandle leader, Leadership leadership) {
        synchronized (listenersLock) {
            leaders.put(leader.id(), leader);
            board.leadHere(leader.id(), leadership);
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
            board.leadNoMore(leader.id(), leader.leaderEpoch());
            leader.end();
            if (led) {
                for (LeadershipListener listener :
                        listeners.getOrDefault(leader.log().topic(), List.of())) {
                    Answers.guarded(() -> listener.ended(leader.id(), leader.leaderEpoch()));
                }
            }
        }
    }

    void started(LocalReadHandle follower) {
        synchronized (listenersLock) {
            followers.put(follower.id(), follower);
            for (FollowerListener listener :
                    followerListeners.getOrDefault(follower.log().topic(), List.of())) {
                Answers.guarded(() -> listener.started(follower));
            }
        }
    }

    void ended(LocalReadHandle follower) {
        synchronized (listenersLock) {
            boolean followed = followers.remove(follower.id(), follower);
            follower.end();
            if (followed) {
                for (FollowerListener listener :
                        followerListeners.getOrDefault(follower.log().topic(), List.of())) {
                    Answers.guarded(() -> listener.ended(follower.id()));
                }
            }
        }
    }
}
