package io.sampo.actors.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.fetch.FetchSettings;
import io.sampo.core.metadata.LeaderView.Leadership;
import io.sampo.core.metadata.TopicImage;
import io.sampo.core.partition.ReadView;
import io.sampo.core.partition.ReplicaId;
import io.sampo.core.partition.ReplicaStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.FetchResponse;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FetchHandlerTest {
    private final FakeNode node = new FakeNode();
    private final TopicImage topic = node.topic("orders", 3);
    private final FetchHandler handler = handler(null);

    private FetchHandler handler(@Nullable String selectorClass) {
        return new FetchHandler(
                node.partitions,
                (image, named) -> TopicSettings.DEFAULTS,
                new ReadReplicas(new NodeAddresses(FakeNode.SELF), selectorClass),
                FetchSettings.DEFAULTS,
                new FetchSessionShards(FetchSettings.DEFAULTS),
                node,
                () -> node.nowMs);
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5, 6, 7, 9, 11, 12, 13, 15, 16, 17, 18})
    void whatIsThereIsAnsweredAtOnce(int version) {
        node.leader(topic, 1).write("a");

        FakeRequest request = fetch(version, 500, 1, 0, 1);

        PartitionData data = answered(request, 1);
        assertTrue(FetchResponse.recordsSize(data) > 0);
        assertEquals(1, data.highWatermark());
        assertTrue(node.deadlines.isEmpty());
        assertEquals(0, node.waiterCount());
    }

    @Test
    void fetchWaitsUntilARecordComes() {
        FakeRequest request = fetch(18, 500, 1, 0, 1);
        assertFalse(request.isAnswered());
        assertEquals(2, node.waiterCount());

        node.leader(topic, 0).write("a");

        assertTrue(FetchResponse.recordsSize(answered(request, 0)) > 0);
        assertEquals(0, node.waiterCount());
        assertTrue(node.deadlines.getFirst().cancelled);
    }

    @Test
    void fetchThatWaitedLongEnoughIsAnsweredEmpty() {
        FakeRequest request = fetch(18, 500, 1, 0);

        node.passDeadlines();

        assertEquals(0, FetchResponse.recordsSize(answered(request, 0)));
        assertEquals(0, node.waiterCount());
    }

    @Test
    void clientsThatHaveGoneLeaveNoWaiterBehind() {
        List<FakeRequest> requests = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            requests.add(fetch(18, 300_000, 1, 0, 1, 2));
        }
        assertEquals(3000, node.waiterCount());

        requests.forEach(FakeRequest::abandon);

        assertEquals(0, node.waiterCount());
        assertTrue(node.deadlines.stream().allMatch(deadline -> deadline.cancelled));
        assertTrue(requests.stream().allMatch(FakeRequest::isAnswered));
    }

    @Test
    void fetchOfAClientThatWentBeforeItWaitsDoesNotWait() {
        FakeRequest request = new FakeRequest(
                ApiKeys.FETCH,
                18,
                new FetchRequestData()
                        .setMaxWaitMs(300_000)
                        .setMinBytes(1)
                        .setMaxBytes(1 << 20)
                        .setTopics(List.of(topic(10_000, 0))));
        request.abandon();

        handler.handle(request);

        assertTrue(request.isAnswered());
        assertEquals(0, node.waiterCount());
    }

    @Test
    void minBytesAreGatheredOverSeveralRecords() {
        FakeRequest request = fetch(18, 500, 150, 0, 1);
        node.leader(topic, 0).write("a");
        assertFalse(request.isAnswered());

        node.leader(topic, 0).write("b");
        node.leader(topic, 1).write("c");

        assertTrue(request.isAnswered());
        assertEquals(0, node.waiterCount());
        assertEquals(1, node.deadlines.size());
    }

    @Test
    void recordThatComesBetweenReadingAndWaitingIsNotMissed() {
        FakeNode.Leader leader = node.leader(topic, 0);
        leader.onRegister = () -> {
            leader.waiters.clear(); // it came just before the registration: nobody is woken
            leader.write("a");
        };

        FakeRequest request = fetch(18, 500, 1, 0);

        assertTrue(FetchResponse.recordsSize(answered(request, 0)) > 0);
    }

    @Test
    void aFollowerIsReadUpToItsOwnHighWatermark() {
        node.leader(topic, 0).write("a");
        node.leader(topic, 0).write("b");
        FakeNode.Follower follower = node.follow(topic, 0, 1);

        PartitionData data = answered(fetch(11, 500, 1, 0), 0);
        assertEquals(0, data.errorCode());
        assertEquals(1, data.highWatermark());
        assertTrue(FetchResponse.recordsSize(data) > 0);
        assertEquals(
                Errors.NOT_LEADER_OR_FOLLOWER.code(),
                answered(fetch(10, 500, 1, 0), 0).errorCode());
        assertEquals(
                Errors.OFFSET_NOT_AVAILABLE.code(),
                answered(fetchFrom(2, handler, ""), 0).errorCode());

        FakeRequest waiting = fetchFrom(1, handler, "");
        assertFalse(waiting.isAnswered());
        follower.advance(2);
        assertTrue(FetchResponse.recordsSize(answered(waiting, 0)) > 0);
    }

    @Test
    void aFollowerThatMayNotBeReadAnyMoreWakesItsFetches() {
        FakeNode.Follower follower = node.follow(topic, 0, 0);
        FakeRequest waiting = fetchFrom(0, handler, "");
        assertFalse(waiting.isAnswered());
        node.followers.clear();
        follower.advance(0);
        assertEquals(Errors.NOT_LEADER_OR_FOLLOWER.code(), answered(waiting, 0).errorCode());
    }

    @Test
    void aConsumerIsSentToTheReplicaInItsRack() {
        FetchHandler rackAware = handler("org.apache.kafka.common.replica.RackAwareReplicaSelector");
        node.leader(topic, 0).write("a");
        node.rack(2, "r2");
        node.elsewhere.put(
                topic.partitionId(0), new Leadership(FakeNode.SELF, 5, List.of(FakeNode.SELF, 2), List.of()));
        assertEquals(-1, answered(fetchFrom(0, rackAware, "r2"), 0).preferredReadReplica(), "not known how far it is");
        node.leader(topic, 0).replicas = List.of(status(2, 1));

        PartitionData data = answered(fetchFrom(0, rackAware, "r2"), 0);
        assertEquals(2, data.preferredReadReplica());
        assertEquals(0, FetchResponse.recordsSize(data));

        for (FakeRequest stays :
                List.of(fetchFrom(0, rackAware, ""), fetchFrom(0, rackAware, "other"), fetchFrom(0, handler, "r2"))) {
            assertEquals(-1, answered(stays, 0).preferredReadReplica());
            assertTrue(FetchResponse.recordsSize(answered(stays, 0)) > 0);
        }
        assertEquals(
                Errors.OFFSET_OUT_OF_RANGE.code(),
                answered(fetchFrom(9, rackAware, "r2"), 0).errorCode(),
                "the leader knows");
        node.elsewhere.put(topic.partitionId(0), new Leadership(FakeNode.SELF, 5, List.of(FakeNode.SELF), List.of()));
        assertEquals(-1, answered(fetchFrom(0, rackAware, "r2"), 0).preferredReadReplica(), "not in sync");
    }

    @Test
    void ofSeveralReplicasInItsRackAConsumerIsSentToTheOneThatHasMost() {
        FetchHandler rackAware = handler("org.apache.kafka.common.replica.RackAwareReplicaSelector");
        FakeNode.Leader leader = node.leader(topic, 0);
        leader.write("a");
        leader.write("b");
        List<Integer> inSync = List.of(FakeNode.SELF, 2, 3, 4);
        List.of(2, 3).forEach(nodeId -> node.rack(nodeId, "r2"));
        node.rack(4, "r4");
        node.elsewhere.put(topic.partitionId(0), new Leadership(FakeNode.SELF, 5, inSync, List.of()));
        leader.replicas = List.of(status(2, 2), status(3, 1), status(4, 3));

        assertEquals(2, answered(fetchFrom(0, rackAware, "r2"), 0).preferredReadReplica());
        leader.replicas = List.of(status(2, 1), status(3, 2), status(4, 3));
        assertEquals(3, answered(fetchFrom(0, rackAware, "r2"), 0).preferredReadReplica());
    }

    private static ReplicaStatus status(int nodeId, long logEndOffset) {
        return new ReplicaStatus(new ReplicaId(nodeId, Uuid.ONE_UUID), true, logEndOffset, 0, 0);
    }

    private FakeRequest fetchFrom(long offset, FetchHandler by, String rack) {
        FetchTopic fetched = topic(10_000, 0);
        fetched.partitions().getFirst().setFetchOffset(offset);
        FakeRequest request = new FakeRequest(
                ApiKeys.FETCH,
                18,
                new FetchRequestData()
                        .setRackId(rack)
                        .setMaxWaitMs(500)
                        .setMinBytes(1)
                        .setMaxBytes(1 << 20)
                        .setTopics(List.of(fetched)));
        by.handle(request);
        return request;
    }

    @Test
    void leaderThatEndsWakesItsFetches() {
        FakeRequest request = fetch(18, 500, 1, 0, 1);

        node.moveAway(topic, 1);

        PartitionData data = answered(request, 1);
        assertEquals(Errors.NOT_LEADER_OR_FOLLOWER.code(), data.errorCode());
        assertEquals(2, data.currentLeader().leaderId());
        assertEquals("b", response(request).nodeEndpoints().find(2).host());
        assertEquals(0, node.waiterCount());
    }

    @Test
    void fetchesDuringAHandOverAreToldTheNextLeader() {
        FakeRequest request = fetch(18, 500, 1, 0, 1);

        node.moveAwayUnheard(topic, 1);
        assertFalse(request.isAnswered());
        node.becomesKnown(topic, 1);

        assertEquals(2, answered(request, 1).currentLeader().leaderId());
    }

    @Test
    void wakeUpsFromManyThreadsAnswerOnce() throws InterruptedException {
        for (int round = 0; round < 200; round++) {
            FakeRequest request = fetch(18, 500, 1, 0);
            FakeNode.Leader leader = node.leader(topic, 0);
            Runnable waiter = leader.waiters.iterator().next();
            FakeNode.Deadline deadline = node.deadlines.getLast();
            CountDownLatch go = new CountDownLatch(1);
            List<Thread> threads = new ArrayList<>();
            for (Runnable task : List.of(waiter, deadline.task, request::abandon)) {
                threads.add(Thread.ofPlatform().start(() -> {
                    try {
                        go.await();
                    } catch (InterruptedException interrupted) {
                        Thread.currentThread().interrupt();
                    }
                    task.run();
                }));
            }
            go.countDown();
            for (Thread thread : threads) {
                thread.join();
            }
            assertTrue(request.isAnswered());
        }
    }

    @Test
    void firstNonEmptyPartitionMayExceedTheLimitsAndOnlyIt() {
        node.leader(topic, 1).write("a".repeat(5000));
        node.leader(topic, 2).write("b".repeat(5000));

        FakeRequest request = send(
                18,
                new FetchRequestData()
                        .setMaxBytes(1000)
                        .setMinBytes(1)
                        .setMaxWaitMs(0)
                        .setTopics(List.of(topic(1000, 0, 1, 2))));

        assertEquals(0, FetchResponse.recordsSize(answered(request, 0)));
        assertTrue(FetchResponse.recordsSize(answered(request, 1)) > 5000);
        assertEquals(0, FetchResponse.recordsSize(answered(request, 2)));
        assertEquals(0, node.leader(topic, 2).reads);
    }

    @ParameterizedTest
    @CsvSource({
        "12, 9, 0, -1, UNKNOWN_TOPIC_OR_PARTITION",
        "13, 9, 0, -1, UNKNOWN_TOPIC_OR_PARTITION",
        "13, 0, 5, -1, OFFSET_OUT_OF_RANGE",
        "13, 0, -1, -1, OFFSET_OUT_OF_RANGE",
        "13, 0, 0, 4, FENCED_LEADER_EPOCH",
        "13, 0, 0, 6, UNKNOWN_LEADER_EPOCH",
    })
    void errorsAreAnsweredAtOnce(int version, int partition, long offset, int leaderEpoch, Errors expected) {
        FetchTopic asked = topic(1000, partition);
        asked.partitions().getFirst().setFetchOffset(offset).setCurrentLeaderEpoch(leaderEpoch);

        FakeRequest request = send(
                version,
                new FetchRequestData()
                        .setMaxWaitMs(500)
                        .setMinBytes(1)
                        .setMaxBytes(1 << 20)
                        .setTopics(List.of(asked)));

        assertEquals(expected.code(), answered(request, partition).errorCode());
    }

    @Test
    void unknownTopicsAreTold() {
        FetchTopic unknown = new FetchTopic()
                .setTopic("nowhere")
                .setTopicId(new Uuid(1, 2))
                .setPartitions(List.of(new FetchPartition().setPartition(0)));
        FetchRequestData data =
                new FetchRequestData().setMaxWaitMs(500).setMaxBytes(1 << 20).setTopics(List.of(unknown));

        assertEquals(
                Errors.UNKNOWN_TOPIC_OR_PARTITION.code(),
                answered(send(12, data), 0).errorCode());
        assertEquals(Errors.UNKNOWN_TOPIC_ID.code(), answered(send(13, data), 0).errorCode());
    }

    @Test
    void brokenLogIsAStorageErrorThatOldClientsUnderstand() {
        node.leader(topic, 0).write("a");
        node.leader(topic, 0).broken = true;

        assertEquals(
                Errors.KAFKA_STORAGE_ERROR.code(),
                answered(fetch(6, 500, 1, 0), 0).errorCode());
        assertEquals(
                Errors.NOT_LEADER_OR_FOLLOWER.code(),
                answered(fetch(5, 500, 1, 0), 0).errorCode());
    }

    @Test
    void readCommittedStopsAtTheLastStableOffset() {
        FakeNode.Leader leader = node.leader(topic, 0);
        leader.write("a");
        leader.write("b");
        leader.view = new ReadView(5, 0, 2, 1, 2);
        FetchTopic asked = topic(10_000, 0);
        asked.partitions().getFirst().setFetchOffset(1);
        FetchRequestData data = new FetchRequestData()
                .setMaxWaitMs(500)
                .setMinBytes(1)
                .setMaxBytes(1 << 20)
                .setIsolationLevel((byte) 1)
                .setTopics(List.of(asked));

        FakeRequest committed = send(13, data);
        assertFalse(committed.isAnswered());
        leader.view = new ReadView(5, 0, 2, 2, 2);
        leader.wake();

        assertEquals(2, answered(committed, 0).lastStableOffset());
        assertTrue(FetchResponse.recordsSize(answered(committed, 0)) > 0);
        assertEquals(List.of(), answered(committed, 0).abortedTransactions());
    }

    @Test
    void sessionAnswersOnlyWhatIsNew() {
        FakeRequest full = send(
                18,
                new FetchRequestData()
                        .setMaxWaitMs(0)
                        .setMaxBytes(1 << 20)
                        .setSessionEpoch(0)
                        .setTopics(List.of(topic(1000, 0, 1, 2))));
        int sessionId = response(full).sessionId();
        assertNotEquals(0, sessionId);
        assertEquals(3, response(full).responses().getFirst().partitions().size());

        FakeRequest waiting = send(18, incremental(sessionId, 1));
        assertFalse(waiting.isAnswered());
        node.leader(topic, 2).write("a");

        List<PartitionData> news = response(waiting).responses().getFirst().partitions();
        assertEquals(1, news.size());
        assertEquals(2, news.getFirst().partitionIndex());
        assertEquals(
                Errors.INVALID_FETCH_SESSION_EPOCH.code(),
                response(send(18, incremental(sessionId, 7))).errorCode());
        assertEquals(
                Errors.FETCH_SESSION_ID_NOT_FOUND.code(),
                response(send(18, incremental(sessionId ^ 64, 1))).errorCode());
    }

    @Test
    void fetchOfNothingIsAnswered() {
        assertTrue(send(12, new FetchRequestData().setMaxWaitMs(500).setMinBytes(1))
                .isAnswered());
    }

    private static FetchRequestData incremental(int sessionId, int epoch) {
        return new FetchRequestData()
                .setMaxWaitMs(500)
                .setMinBytes(1)
                .setMaxBytes(1 << 20)
                .setSessionId(sessionId)
                .setSessionEpoch(epoch);
    }

    private FakeRequest fetch(int version, int maxWaitMs, int minBytes, int... partitions) {
        return send(
                version,
                new FetchRequestData()
                        .setMaxWaitMs(maxWaitMs)
                        .setMinBytes(minBytes)
                        .setMaxBytes(1 << 20)
                        .setTopics(List.of(topic(10_000, partitions))));
    }

    private FakeRequest send(int version, FetchRequestData data) {
        FakeRequest request = new FakeRequest(ApiKeys.FETCH, version, data);
        handler.handle(request);
        return request;
    }

    private FetchTopic topic(int partitionMaxBytes, int... partitions) {
        List<FetchPartition> fetched = new ArrayList<>();
        for (int partition : partitions) {
            fetched.add(new FetchPartition().setPartition(partition).setPartitionMaxBytes(partitionMaxBytes));
        }
        return new FetchTopic().setTopic("orders").setTopicId(topic.id()).setPartitions(fetched);
    }

    private static FetchResponseData response(FakeRequest request) {
        assertTrue(request.isAnswered(), "not answered");
        return (FetchResponseData) request.answer();
    }

    private static PartitionData answered(FakeRequest request, int partition) {
        for (FetchableTopicResponse topic : response(request).responses()) {
            for (PartitionData data : topic.partitions()) {
                if (data.partitionIndex() == partition) {
                    return data;
                }
            }
        }
        throw new AssertionError("no answer for partition " + partition);
    }
}
