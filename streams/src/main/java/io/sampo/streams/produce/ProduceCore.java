package io.sampo.streams.produce;

import io.sampo.streams.connection.ClusterView;
import io.sampo.streams.connection.Pauses;
import io.sampo.streams.produce.BatchOutcome.Acknowledged;
import io.sampo.streams.produce.BatchOutcome.Failed;
import io.sampo.streams.produce.ProduceEffect.AskIdentity;
import io.sampo.streams.produce.ProduceEffect.RefreshTopics;
import io.sampo.streams.produce.ProduceEffect.SendBatches;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.DisconnectException;
import org.apache.kafka.common.errors.RetriableException;
import org.jspecify.annotations.Nullable;

/// Decides which batches go to which node when, and what an answer means for them. Deterministic: no clock,
/// no thread, no I/O; randomness only spreads retries. One caller at a time.
///
/// Every batch that a [BatchSupply] gives is completed by one [ProduceEffect.CompleteBatch]. The shell calls
/// [#poll] after each thing that it told, and at [#nextPollMs].
class ProduceCore {
    private record Request(int nodeId, List<PendingBatch> batches) {}

    private final ProduceRules rules;
    private final Pauses pauses;
    private final Map<TopicPartition, PartitionLane> lanes = new HashMap<>();

    /// Those with something to do; who was served last comes last.
    private final LinkedHashSet<PartitionLane> active = new LinkedHashSet<>();

    private final Map<Long, Request> requests = new HashMap<>();
    private final Map<Integer, Integer> inFlightByNode = new HashMap<>();
    private final Set<String> staleTopics = new HashSet<>();
    private List<ProduceEffect> effects = new ArrayList<>();
    private @Nullable ProducerIdentity identity;
    private boolean isIdentityAsked;
    private int identityFailures;
    private long askIdentityAtMs = Long.MIN_VALUE;
    private boolean isRefreshing;
    private long refreshAtMs = Long.MIN_VALUE;
    private long lastRequestId;
    private long nextPollMs = BatchSupply.NEVER;

    ProduceCore(ProduceRules rules, RandomGenerator random) {
        this.rules = rules;
        this.pauses = new Pauses(rules.retryBackoffMs(), rules.retryBackoffMaxMs(), random);
    }

    PartitionLane lane(TopicPartition partition, BatchSupply supply) {
        return new PartitionLane(partition, supply, rules);
    }

    /// The partition has a record, after it had none.
    void touched(TopicPartition partition, BatchSupply supply) {
        active.add(lanes.computeIfAbsent(partition, id -> lane(id, supply)));
    }

    /// When [#poll] is due though nothing happens; [BatchSupply#NEVER] when it is not.
    long nextPollMs() {
        return nextPollMs;
    }

    /// Whether some node may not be sent a request before another one of its own is answered.
    boolean isSomeNodeBusy() {
        return inFlightByNode.values().stream().anyMatch(count -> count >= rules.maxInFlight());
    }

    /// Whether this is so of all nodes.
    boolean isSaturated(ClusterView view) {
        return !view.nodes().isEmpty()
                && view.nodes().keySet().stream()
                        .allMatch(nodeId -> inFlightByNode.getOrDefault(nodeId, 0) >= rules.maxInFlight());
    }

    /// What is to be done now, in order.
    List<ProduceEffect> poll(long nowMs, ClusterView view) {
        nextPollMs = BatchSupply.NEVER;
        for (Iterator<PartitionLane> each = active.iterator(); each.hasNext(); ) {
            PartitionLane lane = each.next();
            wakeAt(lane.expire(nowMs, effects));
            if (lane.isIdle()) {
                each.remove();
            }
        }
        boolean sent;
        do {
            sent = sendOneToEach(nowMs, view);
        } while (sent);
        refreshIfStale(nowMs);
        return drainEffects();
    }

    private boolean sendOneToEach(long nowMs, ClusterView view) {
        Map<Integer, List<PartitionLane>> ready = new HashMap<>();
        Map<Integer, List<PartitionLane>> riders = new HashMap<>();
        for (PartitionLane lane : active) {
            long readyAtMs = lane.readyAtMs(false);
            boolean isReady = readyAtMs <= nowMs;
            if (!isReady) {
                wakeAt(readyAtMs);
            }
            if (!isReady && (lane.hasInFlight() || lane.readyAtMs(true) > nowMs)) {
                continue;
            }
            int nodeId = leader(lane, view);
            if (nodeId < 0) {
                findLeader(lane);
            } else if (isIdentified(lane, nowMs) && inFlightByNode.getOrDefault(nodeId, 0) < rules.maxInFlight()) {
                (isReady ? ready : riders)
                        .computeIfAbsent(nodeId, _ -> new ArrayList<>())
                        .add(lane);
            }
        }
        ready.forEach((nodeId, lanesOfNode) -> {
            lanesOfNode.addAll(riders.getOrDefault(nodeId, List.of()));
            send(nodeId, lanesOfNode, nowMs);
        });
        return !ready.isEmpty();
    }

    /// A refresh that is under way may find it.
    private void findLeader(PartitionLane lane) {
        if (!isRefreshing) {
            staleTopics.add(lane.partition.topic());
        }
    }

    private void send(int nodeId, List<PartitionLane> candidates, long nowMs) {
        List<PendingBatch> batches = new ArrayList<>();
        long bytes = 0;
        for (PartitionLane lane : candidates) {
            bytes += lane.nextBytes();
            if (!batches.isEmpty() && bytes > rules.maxRequestBytes()) {
                break;
            }
            batches.add(lane.take(nowMs));
            active.remove(lane);
            active.add(lane);
        }
        long requestId = ++lastRequestId;
        requests.put(requestId, new Request(nodeId, batches));
        inFlightByNode.merge(nodeId, 1, Integer::sum);
        effects.add(new SendBatches(requestId, nodeId, batches));
    }

    private boolean isIdentified(PartitionLane lane, long nowMs) {
        if (!lane.needsIdentity()) {
            return true;
        }
        if (identity != null && identity.producerId() == lane.spentProducerId()) {
            identity = null;
        }
        if (identity != null) {
            lane.identify(identity);
            return true;
        }
        if (!isIdentityAsked && nowMs >= askIdentityAtMs) {
            isIdentityAsked = true;
            effects.add(new AskIdentity());
        } else if (!isIdentityAsked) {
            wakeAt(askIdentityAtMs);
        }
        return false;
    }

    private static int leader(PartitionLane lane, ClusterView view) {
        int knownEpoch = leaderEpoch(lane, view);
        int hinted = lane.hintedLeader(knownEpoch);
        if (hinted >= 0 && view.nodes().containsKey(hinted)) {
            return hinted;
        }
        int known = view.leader(lane.partition).orElse(-1);
        return view.nodes().containsKey(known) ? known : -1;
    }

    private static int leaderEpoch(PartitionLane lane, ClusterView view) {
        return view.partition(lane.partition)
                .map(ClusterView.Partition::leaderEpoch)
                .orElse(-1);
    }

    /// @param answers of the partitions in the request; one that is missing counts as not answered
    void answered(long requestId, Map<TopicPartition, PartitionAnswer> answers, long nowMs, ClusterView view) {
        for (PendingBatch batch : close(requestId)) {
            PartitionAnswer answer = answers.get(batch.partition);
            if (batch.isDone) {
                continue;
            }
            if (answer == null) {
                retryLost(batch, new DisconnectException("the answer leaves " + batch.partition + " out"), nowMs);
            } else {
                settle(batch, answer, nowMs, view);
            }
        }
    }

    /// The request was not answered, and may have arrived.
    void failed(long requestId, Throwable failure, long nowMs) {
        for (PendingBatch batch : close(requestId)) {
            if (!batch.isDone) {
                staleTopics.add(batch.partition.topic());
                retryLost(batch, failure, nowMs);
            }
        }
    }

    private List<PendingBatch> close(long requestId) {
        Request request = requests.remove(requestId);
        if (request == null) {
            return List.of();
        }
        inFlightByNode.merge(request.nodeId(), -1, Integer::sum);
        return request.batches();
    }

    private void retryLost(PendingBatch batch, Throwable failure, long nowMs) {
        PartitionLane lane = laneOf(batch);
        batch.lastFailure = failure;
        if (failure instanceof RetriableException && mayRetry(batch)) {
            lane.lost(batch, nowMs, nowMs + pauses.afterMs(batch.attempts));
        } else {
            lane.failed(batch, new Failed(failure, Map.of()), effects);
        }
    }

    private void settle(PendingBatch batch, PartitionAnswer answer, long nowMs, ClusterView view) {
        PartitionLane lane = laneOf(batch);
        Verdict verdict = Verdict.of(answer.error());
        if (verdict == Verdict.WRITTEN) {
            lane.acknowledged(batch, new Acknowledged(answer.baseOffset(), answer.logAppendTimeMs()), effects);
            return;
        }
        batch.lastFailure = answer.failure();
        Failed refused = new Failed(answer.failure(), answer.recordFailures());
        boolean mayRetry = mayRetry(batch);
        long retryAtMs = nowMs + pauses.afterMs(batch.attempts);
        switch (verdict) {
            case SPLIT -> {
                if (batch.content.recordCount() > 1) {
                    lane.split(batch);
                } else {
                    lane.failed(batch, refused, effects);
                }
            }
            case OUT_OF_SEQUENCE -> {
                if (batch.isNumbered() && mayRetry) {
                    lane.outOfSequence(batch, retryAtMs);
                } else {
                    lane.failed(batch, refused, effects);
                }
            }
            case RETRY_ELSEWHERE -> {
                boolean known = lane.hint(answer.leaderId(), answer.leaderEpoch(), leaderEpoch(lane, view))
                        && view.nodes().containsKey(answer.leaderId());
                if (!known) {
                    staleTopics.add(batch.partition.topic());
                }
                retryOrFail(lane, batch, mayRetry, known ? nowMs : retryAtMs, refused);
            }
            case RETRY -> retryOrFail(lane, batch, mayRetry, retryAtMs, refused);
            case FENCED -> lane.fenced(batch, refused, effects);
            case REFUSED -> lane.failed(batch, refused, effects);
            case WRITTEN -> throw new IllegalStateException("settled above");
        }
    }

    private void retryOrFail(PartitionLane lane, PendingBatch batch, boolean mayRetry, long retryAtMs, Failed refused) {
        if (mayRetry) {
            lane.retry(batch, retryAtMs);
        } else {
            lane.failed(batch, refused, effects);
        }
    }

    private boolean mayRetry(PendingBatch batch) {
        return batch.attempts <= rules.retries();
    }

    private PartitionLane laneOf(PendingBatch batch) {
        PartitionLane lane = lanes.get(batch.partition);
        if (lane == null) {
            throw new IllegalStateException("a batch of " + batch.partition + ", which never had a record");
        }
        return lane;
    }

    void identified(ProducerIdentity given) {
        isIdentityAsked = false;
        identityFailures = 0;
        identity = given;
    }

    /// A failure that passes is tried again after a pause; any other one ends what waits for the identity.
    void notIdentified(Throwable failure, long nowMs) {
        isIdentityAsked = false;
        askIdentityAtMs = nowMs + pauses.afterMs(++identityFailures);
        if (!(failure instanceof RetriableException)) {
            for (PartitionLane lane : active) {
                if (lane.needsIdentity()) {
                    lane.abortUnsent(failure, effects);
                }
            }
        }
    }

    /// A refresh that was asked for ended, well or not.
    void refreshed(long nowMs) {
        isRefreshing = false;
        refreshAtMs = nowMs + rules.retryBackoffMs();
    }

    private void refreshIfStale(long nowMs) {
        if (staleTopics.isEmpty() || isRefreshing) {
            return;
        }
        if (nowMs < refreshAtMs) {
            wakeAt(refreshAtMs);
            return;
        }
        isRefreshing = true;
        effects.add(new RefreshTopics(Set.copyOf(staleTopics)));
        staleTopics.clear();
    }

    /// Ends everything, as the producer is closed.
    List<ProduceEffect> abort(Throwable failure) {
        active.forEach(lane -> lane.abort(failure, effects));
        active.clear();
        return drainEffects();
    }

    private void wakeAt(long atMs) {
        nextPollMs = Math.min(nextPollMs, atMs);
    }

    private List<ProduceEffect> drainEffects() {
        List<ProduceEffect> now = effects;
        effects = new ArrayList<>();
        return now;
    }
}
