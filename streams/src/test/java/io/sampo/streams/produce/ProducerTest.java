package io.sampo.streams.produce;

import static io.sampo.streams.produce.ScriptedBroker.SETTINGS;
import static io.sampo.streams.produce.ScriptedBroker.TOPIC;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.streams.Sent;
import io.sampo.streams.connection.ClusterView;
import io.sampo.streams.connection.ScriptedCluster;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.producer.BufferExhaustedException;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.ClusterAuthorizationException;
import org.apache.kafka.common.errors.DisconnectException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.message.ProduceResponseData.BatchIndexAndErrorMessage;
import org.apache.kafka.common.message.ProduceResponseData.LeaderIdAndEpoch;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.InitProducerIdResponse;
import org.apache.kafka.common.requests.ProduceRequest;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ProducerTest {
    private final ExecutorService executor = Executors.newFixedThreadPool(2);
    private final ScriptedBroker broker = new ScriptedBroker(2);

    @AfterEach
    void end() {
        executor.shutdownNow();
    }

    @Test
    void recordsGoInBatchesAndEachLearnsItsOffset() {
        Producer producer = producer(linger(SETTINGS, 60));
        List<CompletionStage<Sent>> sent = new ArrayList<>();
        for (int number = 0; number < 10; number++) {
            sent.add(send(producer, 1, "v" + number));
        }
        for (int number = 0; number < 10; number++) {
            assertEquals(new Sent(TOPIC, 1, number, 1_000), await(sent.get(number)));
        }
        assertEquals(10, broker.log(1).size());
        assertEquals(1, broker.batches().size());
        assertEquals(0, broker.cluster.unclosedAnswers());
        assertEquals(Set.of(TOPIC), broker.cluster.used(), "or else its metadata would be forgotten");
    }

    @Test
    void flushDoesNotWaitForLinger() {
        Producer producer = producer(linger(SETTINGS, 10_000));
        CompletionStage<Sent> sent = send(producer, 0, "v");
        await(producer.flush());
        assertTrue(sent.toCompletableFuture().isDone());
        await(producer.flush());
    }

    @Test
    void recordsOfAnUnknownTopicWaitForItInTheirOrder() {
        ClusterView known = broker.cluster.view();
        broker.cluster.become(ClusterView.EMPTY);
        AtomicInteger refreshes = new AtomicInteger();
        broker.cluster.onRefresh(_ -> refreshes.incrementAndGet() < 3 ? ClusterView.EMPTY : known);
        Producer producer = producer(SETTINGS);
        CompletionStage<Sent> first = send(producer, 0, "first");
        CompletionStage<Sent> second = send(producer, 0, "second");
        await(producer.flush());
        assertEquals(0, await(first).offset());
        assertEquals(1, await(second).offset());
        assertEquals(List.of("first", "second"), broker.log(0));
        assertTrue(broker.cluster.remembered().contains(TOPIC));
    }

    @Test
    void aTopicThatStaysUnknownFailsItsRecordsAfterMaxBlockMs() {
        broker.cluster.become(ClusterView.EMPTY);
        Producer producer = producer(maxBlock(SETTINGS, 50));
        assertInstanceOf(UnknownTopicOrPartitionException.class, failure(send(producer, 0, "v")));
        assertEquals(SETTINGS.bufferMemoryBytes(), producer.freeBytes());
    }

    @Test
    void aPartitionThatTheTopicDoesNotHaveFailsAfterMaxBlockMs() {
        Producer producer = producer(maxBlock(SETTINGS, 50));
        assertInstanceOf(KafkaException.class, failure(send(producer, 2, "v")));
    }

    @Test
    void whoIsRefusedByTheClusterHearsItAtOnce() {
        broker.cluster.become(ClusterView.EMPTY);
        broker.cluster.failRefreshes(new SaslAuthenticationException("wrong password"));
        assertInstanceOf(SaslAuthenticationException.class, failure(send(producer(SETTINGS), 0, "v")));
    }

    @Test
    void whatTheClusterCouldNotBeAskedForIsSaidWithTheReason() {
        broker.cluster.become(ClusterView.EMPTY);
        DisconnectException gone = new DisconnectException("nobody is there");
        broker.cluster.failRefreshes(gone);
        Throwable failure = failure(send(producer(maxBlock(SETTINGS, 50)), 0, "v"));
        assertSame(gone, assertInstanceOf(TimeoutException.class, failure).getCause());
    }

    @Test
    void aTopicThatMayNotBeSeenFailsAtOnce() {
        broker.cluster.become(ClusterView.EMPTY);
        broker.cluster.onRefresh(_ -> ScriptedBroker.viewOf(
                new ClusterView.Topic(TOPIC, Uuid.ZERO_UUID, Errors.TOPIC_AUTHORIZATION_FAILED, List.of())));
        assertInstanceOf(TopicAuthorizationException.class, failure(send(producer(SETTINGS), 0, "v")));
    }

    @Test
    void anOfferIsRefusedWhenMemoryIsUsedUpAndTakenWhenThereIsRoom() {
        broker.cluster.on(ApiKeys.PRODUCE, _ -> null);
        Producer producer = producer(memory(SETTINGS, 2_500));
        String large = "x".repeat(900);
        send(producer, 0, large);
        send(producer, 1, large);
        assertEquals(Optional.empty(), offer(producer, 0, large));
        CompletionStage<Void> room = producer.whenRoom();
        assertFalse(room.toCompletableFuture().isDone());
        answerOpen();
        await(room);
        assertTrue(offer(producer, 0, large).isPresent());
    }

    @Test
    void aSendWithoutRoomFailsAfterMaxBlockMs() {
        broker.cluster.on(ApiKeys.PRODUCE, _ -> null);
        Producer producer = producer(maxBlock(memory(SETTINGS, 1_000), 30));
        send(producer, 0, "x".repeat(900));
        assertInstanceOf(BufferExhaustedException.class, failure(send(producer, 0, "x".repeat(900))));
    }

    @Test
    void aFullMemoryDoesNotWaitForLinger() {
        Producer producer = producer(linger(memory(SETTINGS, 2_000), 15_000));
        send(producer, 0, "v");
        send(producer, 1, "v");
        CompletionStage<Sent> third = send(producer, 0, "x".repeat(1_000));
        await(producer.flush());
        assertEquals(1, await(third).offset());
    }

    @Test
    void aRecordAboveMaxRequestSizeIsRefusedAtOnce() {
        assertInstanceOf(RecordTooLargeException.class, failure(send(producer(SETTINGS), 0, "x".repeat(10_000))));
    }

    @Test
    void aLeaderThatMovedIsFollowedWhereTheBrokerPoints() {
        broker.rule((nodeId, _, _) -> nodeId == 1
                ? null
                : ScriptedBroker.error(Errors.NOT_LEADER_OR_FOLLOWER)
                        .setCurrentLeader(new LeaderIdAndEpoch().setLeaderId(1).setLeaderEpoch(4)));
        assertEquals(0, await(send(producer(SETTINGS), 0, "v")).offset());
        assertEquals(0, broker.cluster.refreshes(), "the hint is enough");
    }

    @Test
    void aBatchThatIsTooLargeIsSplitUntilItFits() {
        broker.rule((_, _, records) -> count(records) > 2 ? ScriptedBroker.error(Errors.MESSAGE_TOO_LARGE) : null);
        Producer producer = producer(linger(SETTINGS, 10_000));
        List<CompletionStage<Sent>> sent = new ArrayList<>();
        for (int number = 0; number < 7; number++) {
            sent.add(send(producer, 0, "v" + number));
        }
        await(producer.flush());
        for (int number = 0; number < 7; number++) {
            assertEquals(number, await(sent.get(number)).offset());
        }
        assertEquals(List.of("v0", "v1", "v2", "v3", "v4", "v5", "v6"), broker.log(0));
        assertEquals(SETTINGS.bufferMemoryBytes(), producer.freeBytes());
    }

    @Test
    void aRecordThatIsRefusedIsToldApartFromTheOthersOfItsBatch() {
        broker.rule((_, _, _) -> ScriptedBroker.error(Errors.INVALID_RECORD)
                .setRecordErrors(
                        List.of(new BatchIndexAndErrorMessage().setBatchIndex(1).setBatchIndexErrorMessage("no key"))));
        Producer producer = producer(linger(SETTINGS, 10_000));
        CompletionStage<Sent> innocent = send(producer, 0, "a");
        CompletionStage<Sent> culprit = send(producer, 0, "b");
        await(producer.flush());
        assertEquals(
                "no key",
                assertInstanceOf(InvalidRecordException.class, failure(culprit)).getMessage());
        assertFalse(failure(innocent) instanceof InvalidRecordException);
    }

    @Test
    void aBatchThatIsNumberedAnewIsValid() {
        AtomicInteger attempts = new AtomicInteger();
        broker.rule((_, _, records) -> {
            records.batches().forEach(batch -> batch.ensureValid());
            return attempts.getAndIncrement() == 0 ? ScriptedBroker.error(Errors.UNKNOWN_PRODUCER_ID) : null;
        });
        assertEquals(0, await(send(producer(SETTINGS), 0, "v")).offset());
        var again = broker.batches().getLast().batches().iterator().next();
        assertEquals(7, again.producerId());
        assertEquals(1, again.producerEpoch());
        assertEquals(0, again.baseSequence());
        assertEquals(1, again.maxTimestamp() / 1_000);
    }

    @Test
    void aLostAnswerIsAskedForAgainWithTheSameSequence() {
        broker.cluster.on(ApiKeys.PRODUCE, _ -> null);
        CompletionStage<Sent> sent = send(producer(SETTINGS), 0, "v");
        until(() -> !openProduce().isEmpty());
        broker.rule((_, _, _) -> ScriptedBroker.error(Errors.DUPLICATE_SEQUENCE_NUMBER));
        openProduce().getFirst().disconnect();
        answerOpen();
        assertEquals(-1, await(sent).offset());
    }

    @Test
    void withoutAProducerIdRecordsFailWithTheReason() {
        broker.cluster.on(
                ApiKeys.INIT_PRODUCER_ID,
                _ -> new InitProducerIdResponse(
                        new InitProducerIdResponseData().setErrorCode(Errors.CLUSTER_AUTHORIZATION_FAILED.code())));
        assertInstanceOf(ClusterAuthorizationException.class, failure(send(producer(SETTINGS), 0, "v")));
    }

    @Test
    void closingSendsWhatIsThereAndTakesNoMore() {
        Producer producer = producer(linger(SETTINGS, 10_000));
        CompletionStage<Sent> sent = send(producer, 0, "v");
        await(producer.close(Duration.ofSeconds(10)));
        assertEquals(0, await(sent).offset());
        assertInstanceOf(KafkaException.class, failure(send(producer, 0, "late")));
    }

    @Test
    void closingFailsWhatIsNotAnsweredInTime() {
        broker.cluster.on(ApiKeys.PRODUCE, _ -> null);
        Producer producer = producer(SETTINGS);
        CompletionStage<Sent> sent = send(producer, 0, "v");
        await(producer.close(Duration.ofMillis(20)));
        assertInstanceOf(KafkaException.class, failure(sent));
    }

    /// Seven records for each of two partitions of two nodes that answer nothing; each next one makes a batch full.
    private List<CompletionStage<Sent>> sendToBusyNodes(Producer producer) {
        String large = "v".repeat(SETTINGS.batchSizeBytes() / 2);
        List<CompletionStage<Sent>> sent = new ArrayList<>();
        for (int number = 0; number < 14; number++) {
            if (number == 4) {
                until(() -> openProduce().size() == 2);
            }
            sent.add(send(producer, number % 2, large));
        }
        return sent;
    }

    @Test
    void batchesThatGetFullWhileAllNodesAreBusyGoWithTheAnswers() {
        broker.cluster.on(ApiKeys.PRODUCE, _ -> null);
        Producer producer = producer(oneInFlight(linger(SETTINGS, 15_000)));
        List<CompletionStage<Sent>> sent = sendToBusyNodes(producer);
        long lingering = 2;
        until(() -> {
            openProduce().forEach(this::answer);
            return sent.stream()
                            .filter(each -> each.toCompletableFuture().isDone())
                            .count()
                    == 14 - lingering;
        });
        CompletionStage<?> flushed = producer.flush();
        until(() -> !openProduce().isEmpty());
        until(() -> {
            openProduce().forEach(this::answer);
            return flushed.toCompletableFuture().isDone();
        });
        assertEquals(7, broker.log(0).size());
        assertEquals(7, broker.log(1).size());
    }

    /// A callback may take its time; the node should have work meanwhile.
    @Test
    void anAnsweredNodeIsSentItsNextRequestBeforeOutcomesAreTold() {
        broker.cluster.on(ApiKeys.PRODUCE, _ -> null);
        Producer producer = producer(oneInFlight(linger(SETTINGS, 15_000)));
        List<CompletionStage<Sent>> sent = sendToBusyNodes(producer);
        int busy = openProduce().size();
        CompletionStage<Integer> busyWhenTold =
                sent.getFirst().thenApply(_ -> openProduce().size());
        answer(openProduce().getFirst());
        assertEquals(busy, await(busyWhenTold));
    }

    @Test
    void closingWhileAllNodesAreBusyFailsWhatIsFullToo() {
        broker.cluster.on(ApiKeys.PRODUCE, _ -> null);
        Producer producer = producer(oneInFlight(linger(SETTINGS, 15_000)));
        List<CompletionStage<Sent>> sent = sendToBusyNodes(producer);
        await(producer.close(Duration.ofMillis(20)));
        sent.forEach(each -> assertInstanceOf(KafkaException.class, failure(each)));
    }

    private void answerOpen() {
        until(() -> !openProduce().isEmpty());
        openProduce().forEach(this::answer);
    }

    private void answer(ScriptedCluster.Call call) {
        call.answer(broker.produce(call.nodeId(), call.as(ProduceRequest.class)));
    }

    private List<ScriptedCluster.Call> openProduce() {
        return broker.cluster.open(call -> call.request().apiKey() == ApiKeys.PRODUCE);
    }

    private static int count(org.apache.kafka.common.record.internal.MemoryRecords records) {
        return records.batches().iterator().next().countOrNull();
    }

    private Producer producer(ProducerSettings settings) {
        return new Producer(
                broker.cluster,
                settings,
                executor,
                Alarm.on(executor),
                () -> TimeUnit.NANOSECONDS.toMillis(System.nanoTime()),
                () -> 1_000);
    }

    private static CompletionStage<Sent> send(Producer producer, int partition, String value) {
        return producer.send(
                TOPIC,
                OptionalInt.of(partition),
                OptionalLong.empty(),
                null,
                value.getBytes(StandardCharsets.UTF_8),
                new RecordHeaders());
    }

    private static Optional<CompletionStage<Sent>> offer(Producer producer, int partition, String value) {
        return producer.offer(
                TOPIC,
                OptionalInt.of(partition),
                OptionalLong.empty(),
                null,
                value.getBytes(StandardCharsets.UTF_8),
                new RecordHeaders());
    }

    private static <T> T await(CompletionStage<T> stage) {
        return stage.toCompletableFuture().orTimeout(30, TimeUnit.SECONDS).join();
    }

    private static @Nullable Throwable failure(CompletionStage<?> stage) {
        Throwable failure = assertThrows(
                ExecutionException.class, () -> stage.toCompletableFuture().get(30, TimeUnit.SECONDS));
        Throwable cause = failure.getCause();
        return cause instanceof CompletionException && cause.getCause() != null ? cause.getCause() : cause;
    }

    private static void until(BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadline, "it did not happen");
            Thread.onSpinWait();
        }
    }

    static ProducerSettings linger(ProducerSettings settings, long lingerMs) {
        return change(settings, lingerMs, settings.bufferMemoryBytes(), settings.maxBlockMs());
    }

    static ProducerSettings memory(ProducerSettings settings, long bytes) {
        return change(settings, settings.lingerMs(), bytes, settings.maxBlockMs());
    }

    static ProducerSettings maxBlock(ProducerSettings settings, long maxBlockMs) {
        return change(settings, settings.lingerMs(), settings.bufferMemoryBytes(), maxBlockMs);
    }

    private static ProducerSettings oneInFlight(ProducerSettings settings) {
        return change(settings, settings.lingerMs(), settings.bufferMemoryBytes(), settings.maxBlockMs(), 1);
    }

    private static ProducerSettings change(ProducerSettings from, long lingerMs, long memoryBytes, long maxBlockMs) {
        return change(from, lingerMs, memoryBytes, maxBlockMs, from.maxInFlight());
    }

    static ProducerSettings change(
            ProducerSettings from, long lingerMs, long memoryBytes, long maxBlockMs, int maxInFlight) {
        return new ProducerSettings(
                from.acks(),
                from.batchSizeBytes(),
                from.backlogBatchSizeBytes(),
                lingerMs,
                memoryBytes,
                maxBlockMs,
                from.deliveryTimeoutMs(),
                from.requestTimeoutMs(),
                from.maxRequestSizeBytes(),
                from.compression(),
                from.idempotence(),
                maxInFlight,
                from.retries(),
                from.retryBackoffMs(),
                from.retryBackoffMaxMs(),
                from.ignoreKeys());
    }
}
