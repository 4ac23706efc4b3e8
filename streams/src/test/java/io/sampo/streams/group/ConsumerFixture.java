package io.sampo.streams.group;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sampo.streams.connection.ClusterView;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData.TopicPartitions;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.Message;
import org.jspecify.annotations.Nullable;

/// The rules of one member of the consumer protocol, and words for what happens to them. Topic `t` has four
/// partitions; the coordinator wants a heartbeat every two seconds.
final class ConsumerFixture {
    static final int INTERVAL_MS = 2_000;
    static final Uuid T = TestGroups.topicId("t");

    final GroupSettings settings;
    final MemberRules rules;
    final List<Effect> effects = new ArrayList<>();
    long nowMs = 1_000;
    private long lastRequestId;
    private long lastCommitId;

    ConsumerFixture(GroupSettings settings) {
        this.settings = settings;
        SplittableRandom random = new SplittableRandom(1);
        this.rules = new MemberRules(
                new ConsumerMembership(settings, "me", () -> ++lastRequestId, random),
                new CommitQueue(settings, () -> ++lastRequestId, random));
    }

    static ConsumerFixture started(GroupSettings settings) {
        ConsumerFixture member = new ConsumerFixture(settings);
        member.step(new Input.Start(Set.of("t")));
        return member.step(new Input.Seen(view()));
    }

    static ConsumerFixture started() {
        return started(TestGroups.consumer());
    }

    /// Owns these partitions of `t` in epoch 5, and has told so.
    static ConsumerFixture owning(GroupSettings settings, Integer... partitions) {
        ConsumerFixture member = started(settings);
        member.beaten(5, partitions);
        if (partitions.length > 0) {
            Effect.Send told = member.sent(ConsumerGroupHeartbeatRequestData.class);
            member.found(10);
            member.answer(told, good(5));
        }
        member.effects.clear();
        return member;
    }

    static ConsumerFixture owning(Integer... partitions) {
        return owning(TestGroups.consumer(), partitions);
    }

    static ClusterView view() {
        return TestGroups.view(Map.of("t", 4));
    }

    ConsumerFixture step(Input input) {
        effects.clear();
        effects.addAll(rules.step(input, nowMs));
        return this;
    }

    /// Lets time go by, with all that falls due in it.
    ConsumerFixture after(long ms) {
        long untilMs = nowMs + ms;
        List<Effect> all = new ArrayList<>();
        while (rules.wakeAtMs() <= untilMs) {
            nowMs = Math.max(nowMs, rules.wakeAtMs());
            step(new Input.Tick());
            all.addAll(effects);
        }
        nowMs = untilMs;
        step(new Input.Tick());
        effects.addAll(0, all);
        return this;
    }

    Effect.Send sent(Class<? extends ApiMessage> type) {
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

    static Effect.Send heartbeat(ConsumerFixture member) {
        return member.sent(ConsumerGroupHeartbeatRequestData.class);
    }

    boolean beats() {
        return sends(ConsumerGroupHeartbeatRequestData.class);
    }

    ConsumerGroupHeartbeatRequestData beat() {
        return (ConsumerGroupHeartbeatRequestData)
                sent(ConsumerGroupHeartbeatRequestData.class).request();
    }

    /// Of `t`, as the heartbeat of the effects says; null: it does not say.
    @Nullable
    Set<Integer> toldOwned() {
        List<TopicPartitions> owned = beat().topicPartitions();
        if (owned == null) {
            return null;
        }
        Set<Integer> indexes = new HashSet<>();
        owned.forEach(topic -> indexes.addAll(topic.partitions()));
        return indexes;
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

    ConsumerFixture answer(Effect.Send send, Message response) {
        return step(new Input.Answered(send.requestId(), response));
    }

    static ConsumerGroupHeartbeatResponseData good(int epoch) {
        return new ConsumerGroupHeartbeatResponseData().setMemberEpoch(epoch).setHeartbeatIntervalMs(INTERVAL_MS);
    }

    static ConsumerGroupHeartbeatResponseData given(int epoch, Uuid topic, Integer... partitions) {
        return good(epoch)
                .setAssignment(new ConsumerGroupHeartbeatResponseData.Assignment()
                        .setTopicPartitions(List.of(new ConsumerGroupHeartbeatResponseData.TopicPartitions()
                                .setTopicId(topic)
                                .setPartitions(List.of(partitions)))));
    }

    /// The heartbeat among the effects is answered with an assignment of `t`.
    ConsumerFixture beaten(int epoch, Integer... partitions) {
        return answer(sent(ConsumerGroupHeartbeatRequestData.class), given(epoch, T, partitions));
    }

    /// The next heartbeat that falls due is answered with an assignment of `t`.
    ConsumerFixture givenNext(int epoch, Integer... partitions) {
        return after(INTERVAL_MS).beaten(epoch, partitions);
    }

    ConsumerFixture refused(Errors error) {
        return answer(
                sent(ConsumerGroupHeartbeatRequestData.class),
                new ConsumerGroupHeartbeatResponseData().setErrorCode(error.code()));
    }

    /// What is asked for has this committed offset.
    ConsumerFixture found(long offset) {
        return found(offset, sent(OffsetFetchRequestData.class));
    }

    ConsumerFixture found(long offset, Effect.Send question) {
        return answer(
                question, MemberFixture.offsets((OffsetFetchRequestData) question.request(), offset, Errors.NONE));
    }

    long commit(int partition, long offset) {
        step(new Input.Commit(++lastCommitId, Map.of(MemberFixture.t(partition), new OffsetAndMetadata(offset))));
        return lastCommitId;
    }

    OffsetCommitRequestData committing() {
        return (OffsetCommitRequestData) sent(OffsetCommitRequestData.class).request();
    }

    ConsumerFixture commitAnswered(Effect.Send send, Errors error) {
        return answer(send, ModelCoordinator.refusal(send.request(), error));
    }

    ConsumerFixture drained() {
        return step(new Input.Drained(effect(Effect.Revoke.class).revocationId()));
    }

    Optional<Throwable> failure() {
        return effects.stream()
                .filter(Effect.Failed.class::isInstance)
                .map(effect -> ((Effect.Failed) effect).cause())
                .findFirst();
    }

    void expectHeld(Integer... partitions) {
        Set<TopicPartition> expected = MemberFixture.ts(partitions);
        assertEquals(expected, rules.standing().held());
    }
}
