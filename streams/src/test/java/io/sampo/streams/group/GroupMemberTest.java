package io.sampo.streams.group;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.streams.UnsupportedFeature;
import io.sampo.streams.connection.ScriptedCluster;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.LeaveGroupResponseData;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopic;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.OffsetFetchResponseData;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseGroup;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.ConsumerGroupHeartbeatResponse;
import org.apache.kafka.common.requests.HeartbeatResponse;
import org.apache.kafka.common.requests.JoinGroupRequest;
import org.apache.kafka.common.requests.JoinGroupResponse;
import org.apache.kafka.common.requests.LeaveGroupResponse;
import org.apache.kafka.common.requests.MetadataResponse;
import org.apache.kafka.common.requests.OffsetCommitRequest;
import org.apache.kafka.common.requests.OffsetCommitResponse;
import org.apache.kafka.common.requests.OffsetFetchRequest;
import org.apache.kafka.common.requests.OffsetFetchResponse;
import org.apache.kafka.common.requests.SyncGroupResponse;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The actor around the rules, against a cluster that answers like the model coordinator.
class GroupMemberTest {
    private static ActorSystem<Void> system;

    @BeforeAll
    static void start() {
        system = ActorSystem.create(Behaviors.empty(), "group-member-test");
    }

    @AfterAll
    static void stop() {
        system.terminate();
    }

    private record Heard(String what, Set<TopicPartition> partitions, Runnable done) {}

    private final LinkedBlockingQueue<Heard> heard = new LinkedBlockingQueue<>();
    private final ScriptedCluster cluster = new ScriptedCluster(TestGroups.view(Map.of("t", 2)));
    private SimulatedCoordinator coordinator = new ModelCoordinator(GroupMemberTest::violated, _ -> false);
    private final AtomicInteger forgotten = new AtomicInteger();
    private final List<Map<TopicPartition, Optional<OffsetAndMetadata>>> added = new ArrayList<>();

    private final class Listening implements GroupListener {
        @Override
        public void assigned(Map<TopicPartition, Optional<OffsetAndMetadata>> more, Set<TopicPartition> all) {
            added.add(more);
            heard.add(new Heard("assigned", all, () -> {}));
        }

        @Override
        public void revoke(Set<TopicPartition> partitions, Runnable done) {
            heard.add(new Heard("revoke", partitions, done));
        }

        @Override
        public void lost(Set<TopicPartition> partitions) {
            heard.add(new Heard("lost", partitions, () -> {}));
        }

        @Override
        public void failed(Throwable cause) {
            heard.add(new Heard("failed", Set.of(), () -> {}));
        }
    }

    private GroupMember member(GroupSettings settings, Subscription subscription, GroupListener listener) {
        for (ApiKeys api : List.of(
                ApiKeys.JOIN_GROUP,
                ApiKeys.SYNC_GROUP,
                ApiKeys.HEARTBEAT,
                ApiKeys.CONSUMER_GROUP_HEARTBEAT,
                ApiKeys.LEAVE_GROUP,
                ApiKeys.OFFSET_COMMIT,
                ApiKeys.OFFSET_FETCH)) {
            cluster.on(api, this::answer);
        }
        return GroupMember.create(
                system,
                cluster,
                GroupCoordinators.of(_ -> CompletableFuture.completedFuture(1), (_, _) -> forgotten.incrementAndGet()),
                settings,
                subscription,
                listener);
    }

    private GroupMember member() {
        return member(TestGroups.patient(MemberFixture.COOPERATIVE), Subscription.topics("t"), new Listening());
    }

    private synchronized @Nullable AbstractResponse answer(ScriptedCluster.Call call) {
        long nowMs = System.nanoTime() / 1_000_000;
        coordinator.tick(nowMs);
        coordinator.handle(
                call.request().data(),
                nowMs,
                response -> call.answer(
                        switch (response) {
                            case JoinGroupResponseData data -> new JoinGroupResponse(data, (short) 9);
                            case SyncGroupResponseData data -> new SyncGroupResponse(data);
                            case HeartbeatResponseData data -> new HeartbeatResponse(data);
                            case ConsumerGroupHeartbeatResponseData data -> new ConsumerGroupHeartbeatResponse(data);
                            case LeaveGroupResponseData data -> new LeaveGroupResponse(data);
                            case OffsetCommitResponseData data -> new OffsetCommitResponse(data);
                            case OffsetFetchResponseGroup group ->
                                new OffsetFetchResponse(
                                        new OffsetFetchResponseData().setGroups(List.of(group)), (short) 9);
                            default -> throw new AssertionError(response);
                        }));
        return null;
    }

    private Heard next(String what) throws InterruptedException {
        Heard next = heard.poll(30, TimeUnit.SECONDS);
        while (next != null && next.what().equals("assigned") && !what.equals("assigned")) {
            // A rebalance that brought nothing new.
            next = heard.poll(30, TimeUnit.SECONDS);
        }
        assertTrue(next != null && next.what().equals(what), "expected " + what + ", heard " + next);
        return next;
    }

    @Test
    void itJoinsCommitsHeartbeatsAndLeaves() throws Exception {
        GroupMember member = member();
        member.start();
        assertEquals(MemberFixture.ts(0, 1), next("assigned").partitions());
        assertEquals(1, member.identity().generationId());
        assertEquals("m1-1", member.identity().memberId());

        member.commit(Map.of(MemberFixture.t(0), new OffsetAndMetadata(7, Optional.of(3), "here")))
                .toCompletableFuture()
                .get(30, TimeUnit.SECONDS);
        assertEquals(7, coordinator.committed(MemberFixture.t(0)));
        var sent = cluster.calls(ApiKeys.OFFSET_COMMIT)
                .getFirst()
                .as(OffsetCommitRequest.class)
                .data();
        assertEquals(3, sent.topics().getFirst().partitions().getFirst().committedLeaderEpoch());
        assertEquals("here", sent.topics().getFirst().partitions().getFirst().committedMetadata());
        assertTrue(cluster.calls(ApiKeys.OFFSET_FETCH)
                .getFirst()
                .as(OffsetFetchRequest.class)
                .data()
                .requireStable());
        await(() -> cluster.calls(ApiKeys.HEARTBEAT).size() >= 2);

        CompletableFuture<Void> closed = member.close().toCompletableFuture();
        Heard revoke = next("revoke");
        assertEquals(MemberFixture.ts(0, 1), revoke.partitions());
        revoke.done().run();
        closed.get(30, TimeUnit.SECONDS);
        assertEquals(1, cluster.calls(ApiKeys.LEAVE_GROUP).size());
        assertEquals(0, coordinator.size());
        assertEquals(0, cluster.unclosedAnswers());

        ExecutionException failed = assertThrows(
                ExecutionException.class,
                () -> member.commit(Map.of(MemberFixture.t(0), new OffsetAndMetadata(8)))
                        .toCompletableFuture()
                        .get(30, TimeUnit.SECONDS));
        assertEquals(
                CommitFailed.Reason.CLOSED,
                assertInstanceOf(CommitFailed.class, failed.getCause()).reason());
        member.close().toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    @Test
    void heartbeatsGoOnWhileTheApplicationIsBusy() throws Exception {
        CompletableFuture<Void> mayGoOn = new CompletableFuture<>();
        GroupMember member = member();
        member.start();
        next("assigned");
        // A continuation of the application that takes its time. Of a commit that is done already it runs right here,
        // so
        // not on the thread that lets it go on.
        CompletableFuture<Void> busy = CompletableFuture.supplyAsync(
                        () -> member.commit(Map.of(MemberFixture.t(0), new OffsetAndMetadata(1)))
                                .thenAccept(_ -> mayGoOn.join()),
                        task -> Thread.ofVirtual().start(task))
                .thenCompose(done -> done);
        int before = cluster.calls(ApiKeys.HEARTBEAT).size();
        await(() -> cluster.calls(ApiKeys.HEARTBEAT).size() >= before + 2);
        mayGoOn.complete(null);
        busy.get(30, TimeUnit.SECONDS);
        assertTrue(heard.isEmpty());
        close(member);
    }

    @Test
    void twoMembersShareAndOneTakesOverWhatTheOtherGivesUp() throws Exception {
        GroupMember first = member();
        first.start();
        assertEquals(2, next("assigned").partitions().size());

        Map<String, Set<TopicPartition>> second = new HashMap<>();
        LinkedBlockingQueue<Set<TopicPartition>> got = new LinkedBlockingQueue<>();
        GroupMember other =
                member(TestGroups.patient(MemberFixture.COOPERATIVE), Subscription.topics("t"), new GroupListener() {
                    @Override
                    public void assigned(
                            Map<TopicPartition, Optional<OffsetAndMetadata>> more, Set<TopicPartition> all) {
                        if (!all.isEmpty()) {
                            got.add(all);
                        }
                    }

                    @Override
                    public void revoke(Set<TopicPartition> partitions, Runnable done) {
                        done.run();
                    }

                    @Override
                    public void lost(Set<TopicPartition> partitions) {
                        second.put("lost", partitions);
                    }

                    @Override
                    public void failed(Throwable cause) {}
                });
        other.start();
        Heard revoke = next("revoke");
        assertEquals(1, revoke.partitions().size());
        TopicPartition moved = revoke.partitions().iterator().next();
        assertTrue(got.isEmpty(), "not before the first one gave it up");
        first.commit(Map.of(moved, new OffsetAndMetadata(42)))
                .thenRun(revoke.done())
                .toCompletableFuture()
                .get(30, TimeUnit.SECONDS);

        assertEquals(revoke.partitions(), got.poll(30, TimeUnit.SECONDS));
        assertEquals(42, coordinator.committed(moved));
        close(first);
        other.close().toCompletableFuture().get(30, TimeUnit.SECONDS);
        assertEquals(Map.of(), second);
    }

    @Test
    void aPatternReadsWhatMatches() throws Exception {
        cluster.on(
                ApiKeys.METADATA,
                _ -> MetadataResponse.prepareResponse(
                        (short) 12,
                        0,
                        List.of(new Node(1, "localhost", 9092)),
                        "c",
                        1,
                        List.of(topic("t", false), topic("tea", false), topic("__t", true)),
                        Integer.MIN_VALUE));
        GroupMember member = member(TestGroups.patient("range"), Subscription.matching("_*t"), new Listening());
        member.start();
        assertEquals(MemberFixture.ts(0, 1), next("assigned").partitions());
        assertEquals(Set.of("t"), cluster.remembered());
        close(member);
    }

    private static MetadataResponseTopic topic(String name, boolean internal) {
        return new MetadataResponseTopic()
                .setErrorCode(Errors.NONE.code())
                .setName(name)
                .setIsInternal(internal);
    }

    @Test
    void aNodeThatIsNoCoordinatorIsForgotten() throws Exception {
        AtomicInteger joins = new AtomicInteger();
        GroupMember member = member();
        cluster.on(
                ApiKeys.JOIN_GROUP,
                call -> joins.getAndIncrement() == 0
                        ? call.as(JoinGroupRequest.class).getErrorResponse(0, Errors.NOT_COORDINATOR.exception())
                        : answer(call));
        member.start();
        next("assigned");
        assertEquals(1, forgotten.get());
        close(member);
    }

    @Test
    void aListenerThatThrowsEndsTheMembership() throws Exception {
        CompletableFuture<Throwable> failed = new CompletableFuture<>();
        GroupMember member =
                member(TestGroups.patient(MemberFixture.COOPERATIVE), Subscription.topics("t"), new GroupListener() {
                    @Override
                    public void assigned(
                            Map<TopicPartition, Optional<OffsetAndMetadata>> more, Set<TopicPartition> all) {
                        throw new IllegalStateException("cannot work");
                    }

                    @Override
                    public void revoke(Set<TopicPartition> partitions, Runnable done) {
                        done.run();
                    }

                    @Override
                    public void lost(Set<TopicPartition> partitions) {}

                    @Override
                    public void failed(Throwable cause) {
                        failed.complete(cause);
                    }
                });
        member.start();
        assertEquals("cannot work", failed.get(30, TimeUnit.SECONDS).getMessage());
        await(() -> member.failure().isPresent() && coordinator.size() == 0);
        member.close().toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    @Test
    void aMemberOfTheConsumerProtocolJoinsCommitsHeartbeatsAndLeaves() throws Exception {
        coordinator = new ConsumerModelCoordinator(
                GroupMemberTest::violated,
                new ModelOffsets(GroupMemberTest::violated, _ -> false),
                () -> Map.of("t", 2),
                60_000,
                true);
        GroupMember member =
                member(TestGroups.consumer(TestGroups.patient("range")), Subscription.topics("t"), new Listening());
        member.start();
        assertEquals(MemberFixture.ts(0, 1), next("assigned").partitions());
        assertEquals(coordinator.rebalances(), member.identity().generationId());
        assertEquals(
                16, java.util.Base64.getUrlDecoder().decode(member.identity().memberId()).length);

        member.commit(Map.of(MemberFixture.t(0), new OffsetAndMetadata(7)))
                .toCompletableFuture()
                .get(30, TimeUnit.SECONDS);
        assertEquals(7, coordinator.committed(MemberFixture.t(0)));
        assertEquals(
                9, cluster.calls(ApiKeys.OFFSET_COMMIT).getFirst().request().version());
        assertEquals(9, cluster.calls(ApiKeys.OFFSET_FETCH).getFirst().request().version());
        await(() -> cluster.calls(ApiKeys.CONSUMER_GROUP_HEARTBEAT).size() >= 3);

        close(member);
        assertEquals(0, coordinator.size());
    }

    @Test
    void aBrokerWithoutTheConsumerProtocolEndsTheMembershipAsThat() throws Exception {
        GroupMember member =
                member(TestGroups.consumer(TestGroups.patient("range")), Subscription.topics("t"), new Listening());
        cluster.on(ApiKeys.CONSUMER_GROUP_HEARTBEAT, call -> {
            call.fail(new UnsupportedFeature("ConsumerGroupHeartbeat", "it does not have this API"));
            return null;
        });
        member.start();
        next("failed");
        assertInstanceOf(UnsupportedFeature.class, member.failure().orElseThrow());
        member.close().toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    private static void violated(String what) {
        throw new AssertionError(what);
    }

    private void close(GroupMember member) throws Exception {
        CompletableFuture<Void> closed = member.close().toCompletableFuture();
        next("revoke").done().run();
        closed.get(30, TimeUnit.SECONDS);
        assertEquals(0, cluster.unclosedAnswers());
    }

    private interface Condition {
        boolean holds();
    }

    private static void await(Condition condition) throws InterruptedException {
        long untilNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!condition.holds()) {
            assertTrue(System.nanoTime() < untilNanos, "it never happens");
            Thread.sleep(20);
        }
    }
}
