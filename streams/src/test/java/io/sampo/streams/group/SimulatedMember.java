package io.sampo.streams.group;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.DisconnectException;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.Message;
import org.jspecify.annotations.Nullable;

/// The real rules of one member, with a process and a network of their own: works on what it holds, commits, drains
/// when told to.
final class SimulatedMember {
    private final GroupSimulation simulation;
    private final SplittableRandom random;
    private final String name;
    private final MemberRules rules;
    private final Map<TopicPartition, Long> positions = new HashMap<>();
    private final Map<Long, Set<TopicPartition>> openDrains = new HashMap<>();
    private final Map<Long, Map<TopicPartition, OffsetAndMetadata>> openCommits = new HashMap<>();
    private final Map<Long, Runnable> afterCommit = new HashMap<>();
    private final Set<Long> openRequests = new HashSet<>();
    private boolean running = true;
    private boolean closing;
    private long pausedUntilMs;
    /// When the coordinator last said that this is a member of the current generation.
    private long lastSureMs;
    private long wakeAtMs = Membership.NEVER;
    private long lastCommitId;
    private long connectionFreeAtMs;
    private int knownNodeId = 1;
    private @Nullable Throwable failure;

    SimulatedMember(GroupSimulation simulation, String name) {
        this.simulation = simulation;
        this.random = simulation.random;
        this.name = name;
        long[] last = {0};
        LongSupplier ids = () -> ++last[0];
        this.rules =
                new MemberRules(simulation.membership(name, ids), new CommitQueue(simulation.settings, ids, random));
    }

    boolean isRunning() {
        return running;
    }

    boolean isClosing() {
        return running && closing;
    }

    String memberId() {
        return rules.standing().memberId();
    }

    Set<TopicPartition> held() {
        return positions.keySet();
    }

    int openCommits() {
        return openCommits.size();
    }

    @Nullable
    Throwable failure() {
        return failure;
    }

    void start() {
        step(new Input.Start(simulation.subscribed()));
        work();
    }

    void crash() {
        simulation.note(name, "crashes");
        running = false;
    }

    void pause(long ms) {
        simulation.note(name, "pauses for " + ms);
        pausedUntilMs = simulation.nowMs() + ms;
    }

    void close() {
        closing = true;
        step(new Input.Close());
    }

    /// Handles records and commits them, all the time.
    private void work() {
        simulation.at(random.nextInt(50, 800), () -> {
            if (running) {
                if (simulation.nowMs() >= pausedUntilMs && !positions.isEmpty()) {
                    positions.replaceAll((_, position) -> position + random.nextInt(5));
                    Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
                    positions.forEach((partition, position) -> {
                        // Not always the newest: an application may be late with an older one.
                        long offset = Math.max(0, position - random.nextInt(3));
                        offsets.put(partition, new OffsetAndMetadata(offset));
                    });
                    commit(offsets, () -> {});
                }
                work();
            }
        });
    }

    private void commit(Map<TopicPartition, OffsetAndMetadata> offsets, Runnable after) {
        if (simulation.nowMs() < pausedUntilMs) {
            simulation.at(pausedUntilMs - simulation.nowMs(), () -> commit(offsets, after));
            return;
        }
        long commitId = ++lastCommitId;
        openCommits.put(commitId, offsets);
        afterCommit.put(commitId, after);
        step(new Input.Commit(commitId, offsets));
    }

    private void step(Input input) {
        if (!running) {
            return;
        }
        if (simulation.nowMs() < pausedUntilMs) {
            simulation.at(pausedUntilMs - simulation.nowMs(), () -> step(input));
            return;
        }
        simulation.note(name, input);
        rules.step(input, simulation.nowMs()).forEach(this::carryOut);
        if (running) {
            judge(input);
        }
        long wakeMs = rules.wakeAtMs();
        if (running && wakeMs != Membership.NEVER && wakeMs != wakeAtMs) {
            wakeAtMs = wakeMs;
            simulation.at(Math.max(1, wakeMs - simulation.nowMs()), () -> {
                if (wakeAtMs == wakeMs) {
                    wakeAtMs = Membership.NEVER;
                    step(new Input.Tick());
                }
            });
        }
    }

    private void judge(Input input) {
        Standing standing = rules.standing();
        if (!positions.keySet().equals(standing.held())) {
            simulation.violated(
                    this + " says that it holds " + standing.held() + ", its listener has " + positions.keySet());
        }
        if (standing.generationId() < 0 && !positions.isEmpty()) {
            simulation.violated(this + " holds " + positions.keySet() + " outside of any generation");
        }
        // While the coordinator holds a join or a sync, nobody else gets what the member has.
        long endMs = lastSureMs + simulation.settings.times().sessionTimeoutMs();
        if (input instanceof Input.Tick && standing.canCommit() && endMs < simulation.nowMs() && !positions.isEmpty()) {
            simulation.violated(this + " holds " + positions.keySet() + ", last sure of its group at " + lastSureMs);
        }
    }

    private void carryOut(Effect effect) {
        simulation.note(name, effect);
        switch (effect) {
            case Effect.Send send -> send(send);
            case Effect.ForgetCoordinator _ -> knownNodeId = simulation.coordinator.nodeId();
            case Effect.Refresh _ ->
                simulation.at(
                        random.nextInt(1, 50),
                        () -> step(
                                simulation.faulty() && random.nextInt(10) == 0
                                        ? new Input.NotRefreshed(new DisconnectException())
                                        : new Input.Seen(simulation.view())));
            case Effect.Assigned assigned -> {
                simulation.checkGiven(this, assigned.added().keySet());
                Set<TopicPartition> due = simulation.coordinator.assigned(memberId());
                if (!due.containsAll(assigned.added().keySet())) {
                    simulation.violated(this + " is given " + assigned.added().keySet() + ", due to it are " + due);
                }
                assigned.added().forEach((partition, offset) -> {
                    if (positions.put(
                                    partition,
                                    offset.map(OffsetAndMetadata::offset).orElse(0L))
                            != null) {
                        simulation.violated(name + " is given " + partition + " twice");
                    }
                });
            }
            case Effect.Revoke revoke -> drain(revoke);
            case Effect.Lost lost -> {
                lost.partitions().forEach(positions::remove);
                openDrains.values().removeIf(drain -> lost.partitions().containsAll(drain));
            }
            case Effect.Failed failed -> failure = failed.cause();
            case Effect.Committed committed ->
                decided(committed.commitId()).forEach((partition, offset) -> {
                    if (simulation.coordinator.committed(partition) < offset.offset()) {
                        simulation.violated(this + " takes " + offset.offset() + " of " + partition + " for committed");
                    }
                });
            case Effect.NotCommitted not -> decided(not.commitId());
            case Effect.Closed _ -> running = false;
        }
    }

    private Map<TopicPartition, OffsetAndMetadata> decided(long commitId) {
        Map<TopicPartition, OffsetAndMetadata> offsets = openCommits.remove(commitId);
        if (offsets == null) {
            simulation.violated(name + ": commit " + commitId + " decided twice");
            return Map.of();
        }
        Runnable after = afterCommit.remove(commitId);
        if (after != null) {
            simulation.at(0, after);
        }
        return offsets;
    }

    private void drain(Effect.Revoke revoke) {
        openDrains.put(revoke.revocationId(), revoke.partitions());
        boolean slow = simulation.faulty() && random.nextInt(6) == 0;
        simulation.at(random.nextInt(slow ? 6_000 : 300), () -> {
            Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
            if (openDrains.containsKey(revoke.revocationId())) {
                positions.forEach((partition, position) -> {
                    if (revoke.partitions().contains(partition)) {
                        offsets.put(partition, new OffsetAndMetadata(position));
                    }
                });
            }
            commit(offsets, () -> done(revoke));
        });
    }

    private void done(Effect.Revoke revoke) {
        if (!running) {
            return;
        }
        if (simulation.nowMs() < pausedUntilMs) {
            simulation.at(pausedUntilMs - simulation.nowMs(), () -> done(revoke));
            return;
        }
        // What was lost meanwhile may have been assigned anew.
        if (openDrains.remove(revoke.revocationId()) != null) {
            revoke.partitions().forEach(positions::remove);
        }
        step(new Input.Drained(revoke.revocationId()));
    }

    /// Nobody waits for an offset that is not among what is sent, or before it.
    private void checkFurthest(OffsetCommitRequestData request) {
        request.topics()
                .forEach(topic -> topic.partitions().forEach(one -> {
                    TopicPartition partition = new TopicPartition(topic.name(), one.partitionIndex());
                    openCommits.values().forEach(offsets -> {
                        OffsetAndMetadata open = offsets.get(partition);
                        if (open != null && open.offset() > one.committedOffset()) {
                            simulation.violated(this + " commits " + one.committedOffset() + " of " + partition
                                    + " over " + open.offset());
                        }
                    });
                }));
    }

    private void send(Effect.Send send) {
        if (send.request() instanceof OffsetCommitRequestData commit) {
            checkFurthest(commit);
        }
        if (simulation.faulty() && send.request() instanceof SyncGroupRequestData && random.nextInt(12) == 0) {
            // Its assignment is old when it comes to look at it.
            simulation.at(random.nextInt(1, 40), () -> pause(random.nextInt(5_000, 9_000)));
        }
        if (simulation.faulty()
                && send.request() instanceof ConsumerGroupHeartbeatRequestData
                && random.nextInt(50) == 0) {
            simulation.at(random.nextInt(1, 40), () -> pause(random.nextInt(5_000, 9_000)));
        }
        openRequests.add(send.requestId());
        simulation.at(send.timeoutMs(), () -> notAnswered(send));
        int fate = simulation.faulty() ? random.nextInt(20) : 20;
        if (fate == 0) {
            // The request is lost.
            simulation.at(random.nextLong(send.timeoutMs()), () -> notAnswered(send));
            return;
        }
        int nodeId = knownNodeId;
        connectionFreeAtMs = Math.max(connectionFreeAtMs, simulation.nowMs() + random.nextInt(1, 40));
        simulation.at(connectionFreeAtMs - simulation.nowMs(), () -> {
            if (!openRequests.contains(send.requestId())) {
                // The connection was closed before it arrived.
                return;
            }
            if (nodeId != simulation.coordinator.nodeId()) {
                reply(send, ModelCoordinator.refusal(send.request(), Errors.NOT_COORDINATOR), fate);
            } else {
                simulation.coordinator.handle(
                        send.request(), simulation.nowMs(), response -> reply(send, response, fate));
            }
        });
    }

    private void reply(Effect.Send send, Message response, int fate) {
        if (fate == 1) {
            // The answer is lost.
            simulation.at(random.nextInt(1, 500), () -> notAnswered(send));
        } else {
            simulation.at(random.nextInt(1, fate == 2 ? 3_000 : 40), () -> {
                if (openRequests.remove(send.requestId())) {
                    answered(send, response);
                    if (fate == 3) {
                        simulation.at(random.nextInt(1, 2_000), () -> answered(send, response));
                    }
                }
            });
        }
    }

    private void answered(Effect.Send send, Message response) {
        if (running && simulation.nowMs() < pausedUntilMs) {
            simulation.at(pausedUntilMs - simulation.nowMs(), () -> answered(send, response));
            return;
        }
        boolean sure = switch (response) {
            case HeartbeatResponseData answer ->
                answer.errorCode() == 0 || answer.errorCode() == Errors.REBALANCE_IN_PROGRESS.code();
            case JoinGroupResponseData answer -> answer.errorCode() == 0;
            case SyncGroupResponseData answer -> answer.errorCode() == 0;
            case ConsumerGroupHeartbeatResponseData answer -> answer.errorCode() == 0;
            default -> false;
        };
        if (sure) {
            lastSureMs = simulation.nowMs();
        }
        step(new Input.Answered(send.requestId(), response));
    }

    private void notAnswered(Effect.Send send) {
        if (openRequests.remove(send.requestId())) {
            step(new Input.NotAnswered(send.requestId(), new DisconnectException()));
        }
    }

    @Override
    public String toString() {
        return name + "/" + memberId();
    }
}
