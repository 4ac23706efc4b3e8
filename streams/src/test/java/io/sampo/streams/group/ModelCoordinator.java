package io.sampo.streams.group;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.internals.ConsumerProtocol;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.JoinGroupResponseData.JoinGroupResponseMember;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupResponseData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseGroup;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.Message;
import org.jspecify.annotations.NullUnmarked;

/// A broker's classic coordinator for one group of dynamic members, as far as members can tell it from a real one.
@NullUnmarked // Its members come and go; a missing one is a bug of the model, and fails the test.
final class ModelCoordinator implements SimulatedCoordinator {
    private enum State {
        EMPTY,
        PREPARING,
        COMPLETING,
        STABLE
    }

    private static final class Registered {
        final String id;
        Map<String, byte[]> protocols = new LinkedHashMap<>();
        long sessionMs;
        long rebalanceMs;
        long expiresAtMs;
        Consumer<Message> join;
        Consumer<Message> sync;
        byte[] assignment = {};

        Registered(String id) {
            this.id = id;
        }

        Registered copy() {
            Registered copy = new Registered(id);
            copy.protocols = protocols;
            copy.sessionMs = sessionMs;
            copy.rebalanceMs = rebalanceMs;
            copy.assignment = assignment;
            return copy;
        }
    }

    private record Persisted(int generation, String leader, String protocol, List<Registered> members) {}

    private final Map<String, Registered> members = new LinkedHashMap<>();
    private final Set<String> handedOut = new HashSet<>();
    private final ModelOffsets offsets;
    private State state = State.EMPTY;
    private int generation;
    private String leader = "";
    private String protocol = "";
    private long rebalanceUntilMs;
    private int lastMember;
    private Persisted persisted = new Persisted(0, "", "", List.of());
    long loadingUntilMs;
    private int nodeId = 1;
    private int rebalances;

    /// @param unstable whether a partition has offsets of an open transaction when it is asked for
    ModelCoordinator(Consumer<String> violation, Predicate<TopicPartition> unstable) {
        this.offsets = new ModelOffsets(violation, unstable);
    }

    @Override
    public boolean knows(String memberId) {
        return members.containsKey(memberId);
    }

    /// What is due to this member; nothing to one that the group does not know.
    @Override
    public Set<TopicPartition> assigned(String memberId) {
        return knows(memberId) ? assignment(members.get(memberId)) : Set.of();
    }

    @Override
    public boolean isStable() {
        return state == State.STABLE;
    }

    @Override
    public int size() {
        return members.size();
    }

    @Override
    public int nodeId() {
        return nodeId;
    }

    @Override
    public int rebalances() {
        return rebalances;
    }

    @Override
    public long committed(TopicPartition partition) {
        return offsets.committed(partition);
    }

    /// Another node takes over with what was written at the last assignment; held requests are never answered.
    @Override
    public void move(long nowMs, long loadingMs) {
        nodeId++;
        loadingUntilMs = nowMs + loadingMs;
        members.clear();
        handedOut.clear();
        persisted.members().forEach(member -> members.put(member.id, member.copy()));
        members.values().forEach(member -> member.expiresAtMs = loadingUntilMs + member.sessionMs);
        generation = persisted.generation();
        leader = persisted.leader();
        protocol = persisted.protocol();
        state = members.isEmpty() ? State.EMPTY : State.STABLE;
    }

    @Override
    public void handle(ApiMessage request, long nowMs, Consumer<Message> reply) {
        if (nowMs < loadingUntilMs && !(request instanceof HeartbeatRequestData)) {
            reply.accept(refusal(request, Errors.COORDINATOR_LOAD_IN_PROGRESS));
            return;
        }
        switch (request) {
            case JoinGroupRequestData join -> join(join, nowMs, reply);
            case SyncGroupRequestData sync -> sync(sync, nowMs, reply);
            case HeartbeatRequestData heartbeat -> reply.accept(heartbeat(heartbeat, nowMs));
            case LeaveGroupRequestData leave -> {
                leave.members().forEach(member -> remove(member.memberId(), nowMs));
                reply.accept(new LeaveGroupResponseData());
            }
            case OffsetCommitRequestData commit -> reply.accept(commit(commit, nowMs));
            case OffsetFetchRequestData fetch -> reply.accept(offsets.fetch(fetch));
            default -> throw new IllegalArgumentException(request.toString());
        }
    }

    static Message refusal(ApiMessage request, Errors error) {
        return switch (request) {
            case JoinGroupRequestData _ -> new JoinGroupResponseData().setErrorCode(error.code());
            case SyncGroupRequestData _ -> new SyncGroupResponseData().setErrorCode(error.code());
            case HeartbeatRequestData _ -> new HeartbeatResponseData().setErrorCode(error.code());
            case LeaveGroupRequestData _ -> new LeaveGroupResponseData().setErrorCode(error.code());
            case OffsetCommitRequestData commit -> ModelOffsets.answer(commit, error);
            case ConsumerGroupHeartbeatRequestData _ ->
                new ConsumerGroupHeartbeatResponseData().setErrorCode(error.code());
            case OffsetFetchRequestData _ -> new OffsetFetchResponseGroup().setErrorCode(error.code());
            default -> throw new IllegalArgumentException(request.toString());
        };
    }

    private void join(JoinGroupRequestData request, long nowMs, Consumer<Message> reply) {
        if (request.memberId().isEmpty()) {
            String id = "m" + nodeId + "-" + ++lastMember;
            handedOut.add(id);
            reply.accept(new JoinGroupResponseData()
                    .setErrorCode(Errors.MEMBER_ID_REQUIRED.code())
                    .setMemberId(id));
            return;
        }
        Registered member = members.get(request.memberId());
        if (member == null && !handedOut.remove(request.memberId())) {
            reply.accept(refusal(request, Errors.UNKNOWN_MEMBER_ID));
            return;
        }
        Map<String, byte[]> protocols = new LinkedHashMap<>();
        request.protocols().forEach(one -> protocols.put(one.name(), one.metadata()));
        boolean changed = member == null || !same(member.protocols, protocols);
        if (member == null) {
            member = new Registered(request.memberId());
            members.put(member.id, member);
        }
        boolean leads = member.id.equals(leader);
        member.protocols = protocols;
        member.sessionMs = request.sessionTimeoutMs();
        member.rebalanceMs = request.rebalanceTimeoutMs();
        if (!changed && (state == State.COMPLETING || (state == State.STABLE && !leads))) {
            member.expiresAtMs = nowMs + member.sessionMs;
            reply.accept(joined(member));
            return;
        }
        member.join = reply;
        if (state != State.PREPARING) {
            prepare(nowMs);
        }
        completeIfAllJoined(nowMs);
    }

    private static boolean same(Map<String, byte[]> left, Map<String, byte[]> right) {
        return left.keySet().equals(right.keySet())
                && left.entrySet().stream()
                        .allMatch(one -> java.util.Arrays.equals(one.getValue(), right.get(one.getKey())));
    }

    private void prepare(long nowMs) {
        state = State.PREPARING;
        for (Registered member : members.values()) {
            if (member.sync != null) {
                member.sync.accept(new SyncGroupResponseData().setErrorCode(Errors.REBALANCE_IN_PROGRESS.code()));
                member.sync = null;
                member.expiresAtMs = nowMs + member.sessionMs;
            }
        }
        rebalanceUntilMs = nowMs
                + members.values().stream()
                        .mapToLong(member -> member.rebalanceMs)
                        .max()
                        .orElse(0);
    }

    private void completeIfAllJoined(long nowMs) {
        if (state == State.PREPARING && members.values().stream().allMatch(member -> member.join != null)) {
            complete(nowMs);
        }
    }

    private void complete(long nowMs) {
        members.values().removeIf(member -> member.join == null);
        if (members.isEmpty()) {
            becomeEmpty();
            return;
        }
        generation++;
        rebalances++;
        state = State.COMPLETING;
        leader = members.containsKey(leader)
                ? leader
                : members.keySet().iterator().next();
        protocol = members.get(leader).protocols.keySet().iterator().next();
        for (Registered member : members.values()) {
            member.expiresAtMs = nowMs + member.sessionMs;
            Consumer<Message> reply = member.join;
            member.join = null;
            reply.accept(joined(member));
        }
    }

    private void becomeEmpty() {
        state = State.EMPTY;
        leader = "";
        persisted = new Persisted(generation, "", "", List.of());
    }

    private JoinGroupResponseData joined(Registered member) {
        List<JoinGroupResponseMember> all = members.values().stream()
                .map(one -> new JoinGroupResponseMember().setMemberId(one.id).setMetadata(one.protocols.get(protocol)))
                .toList();
        return new JoinGroupResponseData()
                .setGenerationId(generation)
                .setMemberId(member.id)
                .setLeader(leader)
                .setProtocolName(protocol)
                .setMembers(member.id.equals(leader) ? all : List.of());
    }

    private Errors check(String memberId, int generationId) {
        if (!members.containsKey(memberId)) {
            return Errors.UNKNOWN_MEMBER_ID;
        }
        return generationId == generation ? Errors.NONE : Errors.ILLEGAL_GENERATION;
    }

    private void sync(SyncGroupRequestData request, long nowMs, Consumer<Message> reply) {
        Errors error = check(request.memberId(), request.generationId());
        if (error == Errors.NONE && state == State.PREPARING) {
            error = Errors.REBALANCE_IN_PROGRESS;
        }
        if (error != Errors.NONE) {
            reply.accept(refusal(request, error));
            return;
        }
        Registered member = members.get(request.memberId());
        if (state == State.COMPLETING) {
            member.sync = reply;
            if (member.id.equals(leader)) {
                Map<String, byte[]> assignments = request.assignments().stream()
                        .collect(Collectors.toMap(one -> one.memberId(), one -> one.assignment()));
                members.values().forEach(one -> one.assignment = assignments.getOrDefault(one.id, new byte[0]));
                state = State.STABLE;
                persisted = new Persisted(
                        generation,
                        leader,
                        protocol,
                        members.values().stream().map(Registered::copy).toList());
                members.values().forEach(one -> answerSync(one, nowMs));
            }
        } else {
            member.sync = reply;
            answerSync(member, nowMs);
        }
    }

    private static void answerSync(Registered member, long nowMs) {
        if (member.sync != null) {
            Consumer<Message> reply = member.sync;
            member.sync = null;
            member.expiresAtMs = nowMs + member.sessionMs;
            reply.accept(new SyncGroupResponseData().setAssignment(member.assignment));
        }
    }

    private HeartbeatResponseData heartbeat(HeartbeatRequestData request, long nowMs) {
        if (nowMs < loadingUntilMs) {
            return new HeartbeatResponseData();
        }
        Errors error = check(request.memberId(), request.generationId());
        if (error == Errors.NONE) {
            Registered member = members.get(request.memberId());
            member.expiresAtMs = nowMs + member.sessionMs;
            error = state == State.PREPARING ? Errors.REBALANCE_IN_PROGRESS : Errors.NONE;
        }
        return new HeartbeatResponseData().setErrorCode(error.code());
    }

    private OffsetCommitResponseData commit(OffsetCommitRequestData request, long nowMs) {
        Errors error = check(request.memberId(), request.generationIdOrMemberEpoch());
        if (error == Errors.NONE && state == State.COMPLETING) {
            error = Errors.REBALANCE_IN_PROGRESS;
        }
        if (error == Errors.NONE) {
            Registered member = members.get(request.memberId());
            member.expiresAtMs = nowMs + member.sessionMs;
            offsets.accept(
                    request,
                    partition -> members.values().stream()
                            .filter(other ->
                                    other != member && assignment(other).contains(partition))
                            .map(other -> other.id)
                            .findFirst());
        }
        return ModelOffsets.answer(request, error);
    }

    private static Set<TopicPartition> assignment(Registered member) {
        return member.assignment.length == 0
                ? Set.of()
                : Set.copyOf(ConsumerProtocol.deserializeAssignment(java.nio.ByteBuffer.wrap(member.assignment))
                        .partitions());
    }

    private void remove(String memberId, long nowMs) {
        Registered gone = members.remove(memberId);
        if (gone == null) {
            return;
        }
        if (members.isEmpty()) {
            becomeEmpty();
        } else if (state != State.PREPARING) {
            prepare(nowMs);
        }
        completeIfAllJoined(nowMs);
    }

    @Override
    public void tick(long nowMs) {
        if (nowMs < loadingUntilMs) {
            return;
        }
        for (Registered member : List.copyOf(members.values())) {
            if (member.join == null && member.sync == null && member.expiresAtMs <= nowMs) {
                remove(member.id, nowMs);
            }
        }
        if (state == State.PREPARING && rebalanceUntilMs <= nowMs) {
            complete(nowMs);
        }
    }
}
