package io.sampo.streams.group;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseGroup;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.Message;
import org.jspecify.annotations.NullUnmarked;

/// A broker's coordinator of the consumer protocol (KIP-848) for one group of dynamic members. Takes a
/// partition for given up when an owner does not name it any more, or is out of the group; its assignment
/// moves partitions for little reason.
@NullUnmarked // Its members come and go; a missing one is a bug of the model, and fails the test.
final class ConsumerModelCoordinator implements SimulatedCoordinator {
    private static final int HEARTBEAT_INTERVAL_MS = 1_000;

    private static final class Registered {
        final String id;
        int epoch;
        int previousEpoch;
        Set<String> topics = Set.of();
        Set<TopicPartition> assigned = Set.of();
        Set<TopicPartition> revoking = Set.of();
        long rebalanceMs;
        long expiresAtMs;
        long revokeUntilMs;

        Registered(String id) {
            this.id = id;
        }
    }

    private final Map<String, Registered> members = new TreeMap<>();
    /// What those had who were put out, and have not been heard of since.
    private final Map<String, Set<TopicPartition>> evicted = new HashMap<>();
    private final Supplier<Map<String, Integer>> topics;
    private final Consumer<String> violation;
    private final ModelOffsets offsets;
    private final long sessionMs;
    private final boolean forgives;
    private Map<String, Set<TopicPartition>> target = Map.of();
    private Object basis = "";
    private int groupEpoch;
    private long loadingUntilMs;
    private int nodeId = 1;

    /// @param topics that exist, with their partitions
    /// @param forgives whether a member that it has may join anew; older brokers refuse that until its
    ///     session ends
    ConsumerModelCoordinator(
            Consumer<String> violation,
            ModelOffsets offsets,
            Supplier<Map<String, Integer>> topics,
            long sessionMs,
            boolean forgives) {
        this.violation = violation;
        this.offsets = offsets;
        this.topics = topics;
        this.sessionMs = sessionMs;
        this.forgives = forgives;
    }

    @Override
    public boolean knows(String memberId) {
        return members.containsKey(memberId);
    }

    /// What it must give up is due to it until it has done so.
    @Override
    public Set<TopicPartition> assigned(String memberId) {
        return knows(memberId) ? owned(members.get(memberId)) : evicted.getOrDefault(memberId, Set.of());
    }

    private static Set<TopicPartition> owned(Registered member) {
        Set<TopicPartition> owned = new HashSet<>(member.assigned);
        owned.addAll(member.revoking);
        return owned;
    }

    @Override
    public long committed(TopicPartition partition) {
        return offsets.committed(partition);
    }

    @Override
    public boolean isStable() {
        return members.values().stream()
                .allMatch(member -> member.epoch == groupEpoch
                        && member.revoking.isEmpty()
                        && member.assigned.equals(target.get(member.id)));
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
        return groupEpoch;
    }

    /// All that was answered was written.
    @Override
    public void move(long nowMs, long loadingMs) {
        nodeId++;
        loadingUntilMs = nowMs + loadingMs;
        members.values().forEach(member -> {
            member.expiresAtMs = loadingUntilMs + sessionMs;
            member.revokeUntilMs = loadingUntilMs + member.rebalanceMs;
        });
    }

    /// An administrator has it put out of the group. It cannot know before its next request is answered.
    void evict(String memberId) {
        if (knows(memberId)) {
            evicted.put(memberId, owned(members.remove(memberId)));
        }
    }

    @Override
    public void handle(ApiMessage request, long nowMs, Consumer<Message> reply) {
        if (nowMs < loadingUntilMs) {
            reply.accept(ModelCoordinator.refusal(request, Errors.COORDINATOR_LOAD_IN_PROGRESS));
            return;
        }
        switch (request) {
            case ConsumerGroupHeartbeatRequestData heartbeat -> reply.accept(heartbeat(heartbeat, nowMs));
            case OffsetCommitRequestData commit -> {
                Errors error = check(commit.memberId(), commit.generationIdOrMemberEpoch());
                if (error == Errors.NONE) {
                    offsets.accept(
                            commit,
                            partition -> members.values().stream()
                                    .filter(other ->
                                            !other.id.equals(commit.memberId()) && other.assigned.contains(partition))
                                    .map(other -> other.id)
                                    .findFirst());
                }
                reply.accept(ModelOffsets.answer(commit, error));
            }
            case OffsetFetchRequestData fetch -> {
                var group = fetch.groups().getFirst();
                Errors error = check(group.memberId(), group.memberEpoch());
                reply.accept(
                        error == Errors.NONE
                                ? offsets.fetch(fetch)
                                : new OffsetFetchResponseGroup().setErrorCode(error.code()));
            }
            default -> throw new IllegalArgumentException(request.toString());
        }
    }

    private Errors check(String memberId, int epoch) {
        if (!knows(memberId)) {
            return Errors.UNKNOWN_MEMBER_ID;
        }
        return members.get(memberId).epoch == epoch ? Errors.NONE : Errors.STALE_MEMBER_EPOCH;
    }

    private ConsumerGroupHeartbeatResponseData heartbeat(ConsumerGroupHeartbeatRequestData request, long nowMs) {
        ConsumerGroupHeartbeatResponseData answer = new ConsumerGroupHeartbeatResponseData()
                .setMemberId(request.memberId())
                .setHeartbeatIntervalMs(HEARTBEAT_INTERVAL_MS);
        if (request.memberEpoch() < 0) {
            members.remove(request.memberId());
            return answer.setMemberEpoch(request.memberEpoch());
        }
        Set<TopicPartition> owned = request.topicPartitions() == null ? null : named(request.topicPartitions());
        boolean all = request.rebalanceTimeoutMs() > 0 && request.subscribedTopicNames() != null && owned != null;
        Registered member = members.get(request.memberId());
        if (request.memberEpoch() == 0) {
            evicted.remove(request.memberId());
            if (!all || !owned.isEmpty()) {
                violation.accept(request.memberId() + " joins, and says " + request);
            }
            member = members.computeIfAbsent(request.memberId(), Registered::new);
        }
        if (member == null) {
            return answer.setErrorCode(Errors.UNKNOWN_MEMBER_ID.code());
        }
        boolean forgiven = request.memberEpoch() == 0 && forgives;
        if (!forgiven && isFenced(member, request.memberEpoch(), owned)) {
            return answer.setErrorCode(Errors.FENCED_MEMBER_EPOCH.code());
        }
        if (request.subscribedTopicNames() != null) {
            member.topics = new TreeSet<>(request.subscribedTopicNames());
        }
        if (request.rebalanceTimeoutMs() > 0) {
            member.rebalanceMs = request.rebalanceTimeoutMs();
        }
        member.expiresAtMs = nowMs + sessionMs;
        retarget();
        boolean changed = reconcile(member, owned, nowMs);
        answer.setMemberEpoch(member.epoch);
        return all || changed ? answer.setAssignment(assignment(member.assigned)) : answer;
    }

    /// One with the epoch before may not have got the answer.
    private static boolean isFenced(Registered member, int epoch, Set<TopicPartition> owned) {
        boolean answerLost = epoch == member.previousEpoch && owned != null && member.assigned.containsAll(owned);
        return epoch != member.epoch && !(epoch < member.epoch && answerLost);
    }

    private boolean reconcile(Registered member, Set<TopicPartition> owned, long nowMs) {
        Set<TopicPartition> due = target.get(member.id);
        boolean waits = !member.revoking.isEmpty() && owns(owned, member.revoking);
        boolean settled = member.revoking.isEmpty() && member.epoch == groupEpoch && member.assigned.equals(due);
        if (waits || settled) {
            return false;
        }
        Set<TopicPartition> before = member.assigned;
        Set<TopicPartition> kept = new HashSet<>(before);
        kept.retainAll(due);
        Set<TopicPartition> revoking = new HashSet<>(before);
        revoking.removeAll(kept);
        member.previousEpoch = member.epoch;
        if (!revoking.isEmpty() && owns(owned, revoking)) {
            member.revoking = revoking;
            member.revokeUntilMs = nowMs + member.rebalanceMs;
        } else {
            member.revoking = Set.of();
            member.epoch = groupEpoch;
            for (TopicPartition partition : due) {
                if (members.values().stream()
                        .allMatch(other -> other == member || !owned(other).contains(partition))) {
                    kept.add(partition);
                }
            }
        }
        member.assigned = kept;
        return !kept.equals(before);
    }

    private static boolean owns(Set<TopicPartition> owned, Set<TopicPartition> any) {
        return owned == null || any.stream().anyMatch(owned::contains);
    }

    private void retarget() {
        Map<String, Integer> existing = Map.copyOf(topics.get());
        Map<String, Set<String>> readers = new TreeMap<>();
        members.values().forEach(member -> readers.put(member.id, member.topics));
        Object now = List.of(existing, readers);
        if (basis.equals(now)) {
            return;
        }
        basis = now;
        groupEpoch++;
        target = new HashMap<>();
        readers.keySet().forEach(id -> target.put(id, new HashSet<>()));
        new TreeMap<>(existing).forEach((topic, count) -> {
            List<String> owners = readers.entrySet().stream()
                    .filter(one -> one.getValue().contains(topic))
                    .map(Map.Entry::getKey)
                    .toList();
            for (int index = 0; index < count && !owners.isEmpty(); index++) {
                target.get(owners.get((index + groupEpoch) % owners.size())).add(new TopicPartition(topic, index));
            }
        });
    }

    private Set<TopicPartition> named(List<ConsumerGroupHeartbeatRequestData.TopicPartitions> owned) {
        Map<Uuid, String> names = new HashMap<>();
        topics.get().keySet().forEach(name -> names.put(TestGroups.topicId(name), name));
        Set<TopicPartition> partitions = new HashSet<>();
        owned.forEach(topic -> topic.partitions()
                .forEach(index -> partitions.add(new TopicPartition(names.get(topic.topicId()), index))));
        return partitions;
    }

    static ConsumerGroupHeartbeatResponseData.Assignment assignment(Set<TopicPartition> partitions) {
        Map<String, TreeSet<Integer>> byTopic = new TreeMap<>();
        partitions.forEach(partition ->
                byTopic.computeIfAbsent(partition.topic(), _ -> new TreeSet<>()).add(partition.partition()));
        return new ConsumerGroupHeartbeatResponseData.Assignment()
                .setTopicPartitions(byTopic.entrySet().stream()
                        .map(topic -> new ConsumerGroupHeartbeatResponseData.TopicPartitions()
                                .setTopicId(TestGroups.topicId(topic.getKey()))
                                .setPartitions(List.copyOf(topic.getValue())))
                        .toList());
    }

    @Override
    public void tick(long nowMs) {
        if (nowMs >= loadingUntilMs) {
            members.values()
                    .removeIf(member -> member.expiresAtMs <= nowMs
                            || (!member.revoking.isEmpty() && member.revokeUntilMs <= nowMs));
            retarget();
        }
    }
}
