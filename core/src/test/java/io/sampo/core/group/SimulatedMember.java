package io.sampo.core.group;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupRequestData.SyncGroupRequestAssignment;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// A consumer as the classic protocol wants it: joins, assigns if it leads, syncs, heartbeats, commits, and starts
/// over on the errors that tell it to. Its faults come from the simulation.
final class SimulatedMember {
    private static final int JOIN_VERSION = 9;
    private static final int SESSION_TIMEOUT_MS = 10_000;
    private static final int REBALANCE_TIMEOUT_MS = 20_000;

    private final GroupSimulation simulation;
    private final int index;
    private final @Nullable String instanceId;
    private final SplittableRandom random;
    private boolean running;
    private int incarnation;
    private long stalledUntilMs;
    private long ignoresRebalancesUntilMs;
    private byte subscription;
    private String memberId = "";
    private int generationId = -1;
    /// Partitions it owns in `generationId`; empty when it is not a stable member.
    private List<Integer> owned = List.of();
    private boolean stable;

    SimulatedMember(GroupSimulation simulation, int index, @Nullable String instanceId, SplittableRandom random) {
        this.simulation = simulation;
        this.index = index;
        this.instanceId = instanceId;
        this.random = random;
    }

    int incarnation() {
        return incarnation;
    }

    boolean isRunning() {
        return running;
    }

    boolean isStable() {
        return stable;
    }

    int generationId() {
        return generationId;
    }

    String memberId() {
        return memberId;
    }

    List<Integer> owned() {
        return owned;
    }

    void start() {
        if (running) {
            return;
        }
        running = true;
        incarnation++;
        memberId = "";
        join();
    }

    void die() {
        running = false;
        incarnation++;
        loseAssignment();
    }

    void leave() {
        if (!running || memberId.isEmpty()) {
            return;
        }
        LeaveGroupRequestData request = new LeaveGroupRequestData()
                .setGroupId(simulation.groupId)
                .setMembers(GroupSimulation.identity(memberId, instanceId));
        die();
        simulation.send(this, 5, request);
    }

    void stall(long durationMs) {
        stalledUntilMs = simulation.nowMs() + durationMs;
    }

    /// Busy with its records: heartbeats go on in the background, but it does not join again.
    void ignoreRebalances(long durationMs) {
        ignoresRebalancesUntilMs = simulation.nowMs() + durationMs;
    }

    void changeSubscription() {
        if (running && stable) {
            subscription++;
            loseAssignment();
            join();
        }
    }

    /// The chaos is over: those who are there behave, and some of the others come back.
    void calmDown() {
        stalledUntilMs = 0;
        ignoresRebalancesUntilMs = 0;
        if (random.nextInt(3) > 0) {
            start();
        }
    }

    private void loseAssignment() {
        stable = false;
        owned = List.of();
    }

    private void join() {
        // A new round: answers to the former one do not count any more.
        incarnation++;
        loseAssignment();
        simulation.send(
                this,
                JOIN_VERSION,
                new JoinGroupRequestData()
                        .setGroupId(simulation.groupId)
                        .setMemberId(memberId)
                        .setGroupInstanceId(instanceId)
                        .setProtocolType("test")
                        .setProtocols(GroupSimulation.protocols(new byte[] {subscription}))
                        .setSessionTimeoutMs(SESSION_TIMEOUT_MS)
                        .setRebalanceTimeoutMs(REBALANCE_TIMEOUT_MS));
    }

    void onResponse(ApiMessage request, @Nullable ApiMessage response, Errors failure) {
        long stall = stalledUntilMs - simulation.nowMs();
        if (stall > 0) {
            int then = incarnation;
            simulation.after(stall, () -> {
                if (then == incarnation) {
                    onResponse(request, response, failure);
                }
            });
            return;
        }
        if (!running) {
            return;
        }
        if (response == null) {
            startOver(failure);
            return;
        }
        switch (response) {
            case JoinGroupResponseData join -> onJoined(join);
            case SyncGroupResponseData sync -> onSynced((SyncGroupRequestData) request, sync);
            case HeartbeatResponseData heartbeat -> onHeartbeat(Errors.forCode(heartbeat.errorCode()));
            case OffsetCommitResponseData commit ->
                onCommitted(Errors.forCode(
                        commit.topics().getFirst().partitions().getFirst().errorCode()));
            default -> {}
        }
    }

    private void onJoined(JoinGroupResponseData response) {
        Errors error = Errors.forCode(response.errorCode());
        if (error == Errors.MEMBER_ID_REQUIRED) {
            memberId = response.memberId();
            join();
            return;
        }
        if (error != Errors.NONE) {
            startOver(error);
            return;
        }
        memberId = response.memberId();
        generationId = response.generationId();
        boolean assigns = response.leader().equals(memberId) && !response.skipAssignment();
        simulation.send(
                this,
                5,
                new SyncGroupRequestData()
                        .setGroupId(simulation.groupId)
                        .setMemberId(memberId)
                        .setGroupInstanceId(instanceId)
                        .setGenerationId(generationId)
                        .setProtocolType(response.protocolType())
                        .setProtocolName(response.protocolName())
                        .setAssignments(assigns ? assign(response) : List.of()));
    }

    /// Round robin; one byte per partition.
    private static List<SyncGroupRequestAssignment> assign(JoinGroupResponseData response) {
        Map<String, List<Byte>> partitions = new TreeMap<>();
        response.members().forEach(member -> partitions.put(member.memberId(), new ArrayList<>()));
        List<String> memberIds = List.copyOf(partitions.keySet());
        for (int i = 0; i < GroupSimulation.PARTITION_COUNT && !memberIds.isEmpty(); i++) {
            List<Byte> share = partitions.get(memberIds.get(i % memberIds.size()));
            if (share != null) {
                share.add((byte) i);
            }
        }
        List<SyncGroupRequestAssignment> assignments = new ArrayList<>();
        partitions.forEach((memberId, share) -> {
            byte[] bytes = new byte[share.size()];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = share.get(i);
            }
            assignments.add(
                    new SyncGroupRequestAssignment().setMemberId(memberId).setAssignment(bytes));
        });
        return assignments;
    }

    private void onSynced(SyncGroupRequestData request, SyncGroupResponseData response) {
        Errors error = Errors.forCode(response.errorCode());
        if (error != Errors.NONE) {
            startOver(error);
            return;
        }
        if (request.generationId() != generationId) {
            return;
        }
        List<Integer> partitions = new ArrayList<>();
        for (byte partition : response.assignment()) {
            partitions.add((int) partition);
        }
        owned = partitions;
        stable = true;
        scheduleWork();
    }

    private void scheduleWork() {
        int then = incarnation;
        simulation.after(1_000L + random.nextInt(2_000), () -> {
            if (then == incarnation && running && stable) {
                work();
            }
        });
    }

    private void work() {
        if (simulation.nowMs() < stalledUntilMs) {
            scheduleWork();
            return;
        }
        if (!owned.isEmpty() && random.nextBoolean()) {
            simulation.send(this, 9, commitRequest());
        } else {
            simulation.send(
                    this,
                    4,
                    new HeartbeatRequestData()
                            .setGroupId(simulation.groupId)
                            .setMemberId(memberId)
                            .setGroupInstanceId(instanceId)
                            .setGenerationId(generationId));
        }
    }

    private OffsetCommitRequestData commitRequest() {
        int partition = owned.get(random.nextInt(owned.size()));
        return new OffsetCommitRequestData()
                .setGroupId(simulation.groupId)
                .setMemberId(memberId)
                .setGroupInstanceId(instanceId)
                .setGenerationIdOrMemberEpoch(generationId)
                .setTopics(List.of(new OffsetCommitRequestTopic()
                        .setName("topic")
                        .setPartitions(List.of(new OffsetCommitRequestPartition()
                                .setPartitionIndex(partition)
                                // Who committed it, and when, so that a check can tell.
                                .setCommittedOffset(simulation.nowMs() * 16 + index)
                                .setCommittedMetadata(Integer.toString(generationId))))));
    }

    private void onHeartbeat(Errors error) {
        boolean isIgnored = error == Errors.REBALANCE_IN_PROGRESS && simulation.nowMs() < ignoresRebalancesUntilMs;
        if (error == Errors.NONE || isIgnored) {
            scheduleWork();
        } else {
            startOver(error);
        }
    }

    private void onCommitted(Errors error) {
        // A rebalance does not end the membership: the next heartbeat tells what to do.
        if (error == Errors.NONE || error == Errors.REBALANCE_IN_PROGRESS) {
            scheduleWork();
        } else {
            startOver(error);
        }
    }

    private void startOver(Errors error) {
        loseAssignment();
        switch (error) {
            case REBALANCE_IN_PROGRESS -> join();
            case FENCED_INSTANCE_ID, GROUP_MAX_SIZE_REACHED -> die();
            case UNKNOWN_MEMBER_ID, ILLEGAL_GENERATION -> {
                if (error == Errors.UNKNOWN_MEMBER_ID) {
                    memberId = "";
                }
                join();
            }
            default -> {
                int then = incarnation;
                simulation.after(100L + random.nextInt(200), () -> {
                    if (then == incarnation && running) {
                        join();
                    }
                });
            }
        }
    }
}
