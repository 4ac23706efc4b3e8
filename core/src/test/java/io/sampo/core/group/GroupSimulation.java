package io.sampo.core.group;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData.MemberIdentity;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// One group core, a log with latency, a network with latency, and consumers that join, work, leave, die, stall and
/// come back, all drawn from one seed. First chaos, then calm; the invariants look after every step. The core is
/// also thrown away and loaded again from its log, as when leadership moves.
final class GroupSimulation {
    static final int PARTITION_COUNT = 8;
    private static final long CHAOS_MS = 240_000;
    private static final long CALM_MS = 240_000;

    final String groupId = "group";
    final List<SimulatedMember> members = new ArrayList<>();
    final List<Invariants.Check> checks;
    final List<GroupRecord> log = new ArrayList<>();
    /// The core of this leadership.
    GroupCore core;

    private final GroupSettings settings;
    private final CoreFactory factory;
    private final SplittableRandom network;
    private final SplittableRandom faults;
    private final SplittableRandom ids;
    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private final ArrayDeque<Decision> appending = new ArrayDeque<>();
    private final Map<Long, PendingCall> pendingCalls = new TreeMap<>();
    private long nowMs;
    private long nextSequence;
    private long nextRequestId;
    private int leadership;
    private long traceHash = 17;
    private int stepCount;

    @FunctionalInterface
    interface CoreFactory {
        GroupCore create(GroupSettings settings, java.util.function.Supplier<String> uniqueIds);
    }

    record Event(long atMs, long sequence, Runnable action) implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            int byTime = Long.compare(atMs, other.atMs);
            return byTime != 0 ? byTime : Long.compare(sequence, other.sequence);
        }
    }

    record PendingCall(SimulatedMember member, int incarnation, ApiMessage request) {}

    GroupSimulation(long seed, CoreFactory factory, List<Invariants.Check> checks) {
        SplittableRandom root = new SplittableRandom(seed);
        this.network = root.split();
        this.faults = root.split();
        this.ids = root.split();
        SplittableRandom draws = root.split();
        this.factory = factory;
        this.checks = checks;
        this.settings = GroupSettings.DEFAULTS
                .withInitialRebalanceDelayMs(draws.nextBoolean() ? 0 : 3_000)
                .withGroupMaxSize(draws.nextInt(4) == 0 ? 4 : Integer.MAX_VALUE);
        this.core = newCore();
        int memberCount = 2 + draws.nextInt(5);
        for (int i = 0; i < memberCount; i++) {
            String instanceId = draws.nextInt(3) == 0 ? "static-" + i : null;
            members.add(new SimulatedMember(this, i, instanceId, draws.split()));
        }
    }

    /// @return hash of everything that happened
    long run() {
        members.forEach(member -> after(faults.nextInt(5_000), member::start));
        after(1_000, this::injectFault);
        runUntil(CHAOS_MS);
        members.forEach(SimulatedMember::calmDown);
        runUntil(CHAOS_MS + CALM_MS);
        checks.forEach(check -> check.atEnd(this));
        return traceHash;
    }

    int stepCount() {
        return stepCount;
    }

    long nowMs() {
        return nowMs;
    }

    int groupMaxSize() {
        return settings.groupMaxSize();
    }

    boolean isCalm() {
        return nowMs >= CHAOS_MS;
    }

    void after(long delayMs, Runnable action) {
        events.add(new Event(nowMs + delayMs, nextSequence++, action));
    }

    private void runUntil(long endMs) {
        while (!events.isEmpty() && events.peek().atMs() <= endMs) {
            Event event = Objects.requireNonNull(events.poll());
            nowMs = event.atMs();
            event.action().run();
            stepCount++;
            checks.forEach(check -> check.afterStep(this));
        }
    }

    private void injectFault() {
        if (isCalm()) {
            return;
        }
        switch (faults.nextInt(14)) {
            case 0 -> anyMember().die();
            case 1 -> anyMember().stall(faults.nextInt(30_000));
            case 2 -> anyMember().leave();
            case 3, 4, 5, 6, 7 -> anyMember().start();
            case 8 -> anyMember().changeSubscription();
            case 9 -> moveLeadership();
            case 10 -> anyMember().ignoreRebalances(30_000);
            default -> {}
        }
        after(500L + faults.nextInt(6_000), this::injectFault);
    }

    private SimulatedMember anyMember() {
        return members.get(faults.nextInt(members.size()));
    }

    private GroupCore newCore() {
        return factory.create(settings, () -> Long.toHexString(ids.nextLong()));
    }

    /// What was not committed is lost, clients get NOT_COORDINATOR, the next leader reads the log.
    private void moveLeadership() {
        leadership++;
        appending.clear();
        List<Long> waiting = List.copyOf(pendingCalls.keySet());
        waiting.forEach(requestId -> deliver(requestId, null, Errors.NOT_COORDINATOR));
        core = newCore();
        log.forEach(core::replay);
        carryOut(core.loaded(nowMs));
        trace("leadership", leadership);
    }

    /// A request on its way; the member gets the answer by [SimulatedMember#onResponse].
    void send(SimulatedMember member, int apiVersion, ApiMessage request) {
        int incarnation = member.incarnation();
        after(delayMs(), () -> {
            long requestId = nextRequestId++;
            pendingCalls.put(requestId, new PendingCall(member, incarnation, request));
            Caller caller = new Caller(requestId, (short) apiVersion, "client", "/host");
            checks.forEach(check -> check.onRequest(this, request));
            carryOut(
                    switch (request) {
                        case JoinGroupRequestData join -> core.join(caller, join, nowMs);
                        case SyncGroupRequestData sync -> core.sync(caller, sync, nowMs);
                        case HeartbeatRequestData heartbeat -> core.heartbeat(caller, heartbeat, nowMs);
                        case LeaveGroupRequestData leave -> core.leave(caller, leave, nowMs);
                        case OffsetCommitRequestData commit -> core.commitOffsets(caller, commit, nowMs);
                        default -> throw new AssertionError("unexpected " + request);
                    });
        });
    }

    private void carryOut(Decision decision) {
        decision.replies().forEach(reply -> deliver(reply.requestId(), reply.response(), Errors.NONE));
        if (!decision.isImmediate()) {
            int epoch = leadership;
            appending.add(decision);
            after(1L + network.nextInt(faults.nextInt(20) == 0 ? 2_000 : 5), () -> commitOne(epoch));
        }
        armTimer();
    }

    private void commitOne(int epoch) {
        if (epoch != leadership) {
            return;
        }
        Decision decision = appending.remove();
        log.addAll(decision.records());
        decision.repliesOnceCommitted().forEach(reply -> deliver(reply.requestId(), reply.response(), Errors.NONE));
        carryOut(core.committed(decision, nowMs));
    }

    private void armTimer() {
        int epoch = leadership;
        core.nextDeadlineMs()
                .ifPresent(deadline ->
                        events.add(new Event(Math.max(deadline, nowMs), nextSequence++, () -> fireTimers(epoch))));
    }

    private void fireTimers(int epoch) {
        if (epoch == leadership && core.nextDeadlineMs().orElse(Long.MAX_VALUE) <= nowMs) {
            core.onTimers(nowMs).forEach(this::carryOut);
            armTimer();
        }
    }

    private void deliver(long requestId, @Nullable ApiMessage response, Errors failure) {
        PendingCall call = pendingCalls.remove(requestId);
        if (call == null) {
            throw new AssertionError("request " + requestId + " is answered twice");
        }
        trace(response == null ? failure.name() : response.toString(), requestId);
        checks.forEach(check -> check.onResponse(this, call.request(), response));
        after(delayMs(), () -> {
            if (call.member().incarnation() == call.incarnation()) {
                call.member().onResponse(call.request(), response, failure);
            }
        });
    }

    private long delayMs() {
        return 1L + network.nextInt(isCalm() ? 5 : 60);
    }

    private void trace(String what, long number) {
        traceHash = traceHash * 31 + what.hashCode();
        traceHash = traceHash * 31 + number + nowMs;
    }

    static JoinGroupRequestData.JoinGroupRequestProtocolCollection protocols(byte[] subscription) {
        JoinGroupRequestData.JoinGroupRequestProtocolCollection protocols =
                new JoinGroupRequestData.JoinGroupRequestProtocolCollection();
        protocols.add(new JoinGroupRequestData.JoinGroupRequestProtocol()
                .setName("range")
                .setMetadata(subscription));
        return protocols;
    }

    static List<MemberIdentity> identity(String memberId, @Nullable String instanceId) {
        return Collections.singletonList(
                new MemberIdentity().setMemberId(memberId).setGroupInstanceId(instanceId));
    }
}
