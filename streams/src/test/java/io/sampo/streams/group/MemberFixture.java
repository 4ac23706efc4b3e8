package io.sampo.streams.group;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Assignment;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.internals.ConsumerProtocol;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseGroup;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponsePartitions;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseTopics;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.Message;

/// One member's rules, and words for what happens to them. Topic `t` has four partitions; another member leads.
final class MemberFixture {
    static final String COOPERATIVE = "cooperative-sticky";
    private static final String LEADER = "leader";

    final GroupSettings settings;
    final MemberRules rules;
    final List<Effect> effects = new ArrayList<>();
    long nowMs = 1_000;
    private long lastRequestId;
    private long lastCommitId;
    int generationId = 4;
    String memberId = "me";

    MemberFixture(GroupSettings settings) {
        this.settings = settings;
        SplittableRandom random = new SplittableRandom(1);
        this.rules = new MemberRules(
                new ClassicMembership(settings, () -> ++lastRequestId, random),
                new CommitQueue(settings, () -> ++lastRequestId, random));
    }

    static MemberFixture cooperative() {
        return new MemberFixture(TestGroups.settings(COOPERATIVE));
    }

    /// Owns these partitions of `t` in generation 5.
    static MemberFixture owning(GroupSettings settings, Integer... partitions) {
        MemberFixture member = new MemberFixture(settings);
        member.started();
        member.joined();
        member.synced(partitions);
        member.found(10);
        member.effects.clear();
        return member;
    }

    static MemberFixture owning(Integer... partitions) {
        return owning(TestGroups.settings(COOPERATIVE), partitions);
    }

    static TopicPartition t(int index) {
        return new TopicPartition("t", index);
    }

    static Set<TopicPartition> ts(Integer... indexes) {
        return Arrays.stream(indexes).map(MemberFixture::t).collect(Collectors.toSet());
    }

    MemberFixture step(Input input) {
        effects.clear();
        effects.addAll(rules.step(input, nowMs));
        return this;
    }

    /// Lets time go by, with all that falls due in it.
    MemberFixture after(long ms) {
        long untilMs = nowMs + ms;
        List<Effect> all = new ArrayList<>();
        while (rules.wakeAtMs() <= untilMs) {
            nowMs = Math.max(nowMs, rules.wakeAtMs());
            step(new Input.Tick());
            all.addAll(effects);
        }
        nowMs = untilMs;
        step(new Input.Tick());
        all.addAll(effects);
        effects.clear();
        effects.addAll(all);
        return this;
    }

    void started() {
        step(new Input.Start(Set.of("t")));
        step(new Input.Seen(TestGroups.view(Map.of("t", 4))));
    }

    <R extends ApiMessage> Effect.Send sent(Class<R> type) {
        return effects.stream()
                .filter(effect -> effect instanceof Effect.Send send && type.isInstance(send.request()))
                .map(Effect.Send.class::cast)
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + type.getSimpleName() + " in " + effects));
    }

    boolean sends(Class<? extends ApiMessage> type) {
        return effects.stream()
                .anyMatch(effect -> effect instanceof Effect.Send send && type.isInstance(send.request()));
    }

    <E extends Effect> E effect(Class<E> type) {
        return effects.stream()
                .filter(type::isInstance)
                .map(type::cast)
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + type.getSimpleName() + " in " + effects));
    }

    boolean has(Class<? extends Effect> type) {
        return effects.stream().anyMatch(type::isInstance);
    }

    MemberFixture answer(Effect.Send send, Message response) {
        return step(new Input.Answered(send.requestId(), response));
    }

    /// The join is answered; another member leads.
    void joined() {
        generationId++;
        answer(sent(JoinGroupRequestData.class), joinAnswer(LEADER));
    }

    JoinGroupResponseData joinAnswer(String leader) {
        return new JoinGroupResponseData()
                .setMemberId(memberId)
                .setGenerationId(generationId)
                .setProtocolName(settings.assignors().getFirst())
                .setLeader(leader);
    }

    /// The assignment comes, and the heartbeat that confirms it.
    void synced(Integer... partitions) {
        answer(sent(SyncGroupRequestData.class), assignment(partitions));
        List<Effect> all = new ArrayList<>(effects);
        answer(sent(HeartbeatRequestData.class), new HeartbeatResponseData());
        effects.addAll(0, all);
    }

    static SyncGroupResponseData assignment(Integer... partitions) {
        Assignment assignment =
                new Assignment(Arrays.stream(partitions).map(MemberFixture::t).toList());
        return new SyncGroupResponseData()
                .setAssignment(ConsumerProtocol.serializeAssignment(assignment).array());
    }

    /// What is asked for has this committed offset.
    void found(long offset) {
        Effect.Send send = sent(OffsetFetchRequestData.class);
        OffsetFetchRequestData request = (OffsetFetchRequestData) send.request();
        answer(send, offsets(request, offset, Errors.NONE));
    }

    static OffsetFetchResponseGroup offsets(OffsetFetchRequestData request, long offset, Errors error) {
        List<OffsetFetchResponseTopics> topics = new ArrayList<>();
        request.groups()
                .getFirst()
                .topics()
                .forEach(topic -> topics.add(new OffsetFetchResponseTopics()
                        .setName(topic.name())
                        .setPartitions(topic.partitionIndexes().stream()
                                .map(index -> new OffsetFetchResponsePartitions()
                                        .setPartitionIndex(index)
                                        .setCommittedOffset(offset)
                                        .setErrorCode(error.code()))
                                .toList())));
        return new OffsetFetchResponseGroup().setTopics(topics);
    }

    MemberFixture heartbeatAnswered(Errors error) {
        after(settings.times().heartbeatIntervalMs());
        return answer(sent(HeartbeatRequestData.class), new HeartbeatResponseData().setErrorCode(error.code()));
    }

    long commit(int partition, long offset) {
        return commit(Map.of(t(partition), offset));
    }

    long commit(Map<TopicPartition, Long> offsets) {
        Map<TopicPartition, OffsetAndMetadata> all = new HashMap<>();
        offsets.forEach((partition, offset) -> all.put(partition, new OffsetAndMetadata(offset)));
        step(new Input.Commit(++lastCommitId, all));
        return lastCommitId;
    }

    /// The offsets of the commit request among the effects.
    Map<TopicPartition, Long> committing() {
        Map<TopicPartition, Long> offsets = new HashMap<>();
        ((OffsetCommitRequestData) sent(OffsetCommitRequestData.class).request())
                .topics()
                .forEach(topic -> topic.partitions()
                        .forEach(one -> offsets.put(
                                new TopicPartition(topic.name(), one.partitionIndex()), one.committedOffset())));
        return offsets;
    }

    MemberFixture commitAnswered(Effect.Send send, Errors error) {
        return answer(send, ModelCoordinator.refusal(send.request(), error));
    }

    JoinGroupRequestData joining() {
        return (JoinGroupRequestData) sent(JoinGroupRequestData.class).request();
    }

    /// What the join of the effects says that the member owns.
    Set<TopicPartition> claimed() {
        byte[] metadata = joining().protocols().iterator().next().metadata();
        return Set.copyOf(ConsumerProtocol.deserializeSubscription(java.nio.ByteBuffer.wrap(metadata))
                .ownedPartitions());
    }

    void expectHeld(Integer... partitions) {
        assertEquals(ts(partitions), rules.standing().held());
    }
}
