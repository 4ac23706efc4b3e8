package io.sampo.streams.fetch;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.streams.connection.ClusterView;
import io.sampo.streams.connection.ScriptedCluster;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.ListOffsetsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.requests.FetchRequest;
import org.apache.kafka.common.requests.FetchResponse;
import org.apache.kafka.common.requests.ListOffsetsResponse;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FetcherTest {
    private static final ActorTestKit KIT = ActorTestKit.create();
    private static final TopicPartition P0 = new TopicPartition("t", 0);
    private static final Uuid ID = new Uuid(1, 2);

    private final ScriptedCluster cluster = new ScriptedCluster(view(ID));
    private final List<Fetcher> started = new ArrayList<>();

    @AfterAll
    static void stop() {
        KIT.shutdownTestKit();
    }

    @AfterEach
    void close() {
        started.forEach(Fetcher::close);
    }

    private static ClusterView view(Uuid topicId) {
        ClusterView.Topic topic = new ClusterView.Topic(
                "t", topicId, Errors.NONE, List.of(new ClusterView.Partition(0, OptionalInt.of(1), 3, List.of(1))));
        return new ClusterView(
                Optional.of("c"),
                Map.of(1, new ClusterView.Node(1, "host", 9092, Optional.empty())),
                Map.of("t", topic));
    }

    private Fetcher start(Map<String, Object> settings) {
        AbstractConfig config = new AbstractConfig(FetchSettings.define(new ConfigDef()), settings, false);
        Fetcher fetcher = Fetcher.start(KIT.system(), cluster, FetchSettings.from(config));
        started.add(fetcher);
        return fetcher;
    }

    private static MemoryRecords records(long offset, String... values) {
        SimpleRecord[] all = new SimpleRecord[values.length];
        for (int i = 0; i < values.length; i++) {
            all[i] = new SimpleRecord(1_000 + i, null, values[i].getBytes(java.nio.charset.StandardCharsets.UTF_8));
        }
        return MemoryRecords.withRecords(offset, Compression.NONE, 3, all);
    }

    private static FetchResponse response(Uuid topicId, Errors error, MemoryRecords records, long highWatermark) {
        FetchResponseData.PartitionData partition = new FetchResponseData.PartitionData()
                .setPartitionIndex(0)
                .setErrorCode(error.code())
                .setHighWatermark(highWatermark)
                .setLastStableOffset(highWatermark)
                .setLogStartOffset(0)
                .setRecords(records);
        FetchResponseData.FetchableTopicResponse topic = new FetchResponseData.FetchableTopicResponse()
                .setTopicId(topicId)
                .setPartitions(List.of(partition));
        return FetchResponse.of(new FetchResponseData()
                .setResponses(List.of(topicId.equals(Uuid.ZERO_UUID) ? topic.setTopic("t") : topic)));
    }

    private static void eventually(BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadline, "not within 20 s");
            Thread.sleep(5);
        }
    }

    private ScriptedCluster.Call openFetch() throws InterruptedException {
        eventually(() ->
                !cluster.open(call -> call.request().apiKey() == ApiKeys.FETCH).isEmpty());
        return cluster.open(call -> call.request().apiKey() == ApiKeys.FETCH).getFirst();
    }

    private static Chunk get(java.util.concurrent.CompletionStage<Chunk> poll) throws Exception {
        return poll.toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    @Test
    void nothingIsAskedBeforeTheFirstPoll() throws Exception {
        Fetcher fetcher = start(Map.of());
        fetcher.add(Map.of(P0, StartPosition.earliest())).toCompletableFuture().get(20, TimeUnit.SECONDS);
        Map<TopicPartition, PartitionProgress> progress =
                fetcher.progress().toCompletableFuture().get(20, TimeUnit.SECONDS);
        assertEquals(-1, requireNonNull(progress.get(P0)).position());
        assertEquals(List.of(), cluster.calls(ApiKeys.LIST_OFFSETS));
        assertEquals(List.of(), cluster.calls(ApiKeys.FETCH));
        fetcher.poll();
        eventually(() -> !cluster.calls(ApiKeys.LIST_OFFSETS).isEmpty());
    }

    @Test
    void aChunkHasTheRecordsAndGivesItsMemoryBackWhenClosed() throws Exception {
        Fetcher fetcher = start(Map.of());
        fetcher.add(Map.of(P0, StartPosition.offset(5)));
        CompletableFuture<Chunk> poll = fetcher.poll().toCompletableFuture();
        ScriptedCluster.Call call = openFetch();
        FetchRequest request = call.as(FetchRequest.class);
        assertEquals(1, call.nodeId());
        assertEquals(
                5, request.data().topics().getFirst().partitions().getFirst().fetchOffset());
        assertEquals(
                3, request.data().topics().getFirst().partitions().getFirst().currentLeaderEpoch());
        assertEquals(Set.of("t"), cluster.used(), "or else its metadata would be forgotten");
        call.answer(response(ID, Errors.NONE, records(4, "a", "b", "c"), 9));
        Chunk chunk = get(poll);
        List<String> seen = new ArrayList<>();
        try (RecordCursor cursor = chunk.records()) {
            while (cursor.next()) {
                seen.add(cursor.offset() + "="
                        + new String(requireNonNull(cursor.value()), java.nio.charset.StandardCharsets.UTF_8) + "@"
                        + cursor.timestampMs());
            }
        }
        assertEquals(List.of("5=b@1001", "6=c@1002"), seen);
        assertEquals(7, chunk.nextOffset());
        PartitionProgress progress = fetcher.progress()
                .toCompletableFuture()
                .get(20, TimeUnit.SECONDS)
                .get(P0);
        assertEquals(7, requireNonNull(progress).position());
        assertEquals(
                2,
                progress.lag(org.apache.kafka.common.IsolationLevel.READ_UNCOMMITTED)
                        .orElseThrow());
        assertEquals(1, cluster.unclosedAnswers());
        chunk.close();
        chunk.close();
        assertEquals(0, cluster.unclosedAnswers());
    }

    @Test
    void brokersWithoutTopicIdsAreAskedByName() throws Exception {
        cluster.become(view(Uuid.ZERO_UUID));
        cluster.limit(ApiKeys.FETCH, 12);
        Fetcher fetcher = start(Map.of());
        fetcher.add(Map.of(P0, StartPosition.offset(0)));
        CompletableFuture<Chunk> poll = fetcher.poll().toCompletableFuture();
        ScriptedCluster.Call call = openFetch();
        assertEquals("t", call.as(FetchRequest.class).data().topics().getFirst().topic());
        call.answer(response(Uuid.ZERO_UUID, Errors.NONE, records(0, "a"), 1));
        try (Chunk chunk = get(poll)) {
            assertEquals(1, chunk.nextOffset());
        }
    }

    @Test
    void fetchingStopsWhenThePrefetchMemoryIsFull() throws Exception {
        MemoryRecords one = records(0, "x".repeat(2_000));
        Fetcher fetcher = start(Map.of("sampo.prefetch.max.bytes", 4L * one.sizeInBytes()));
        fetcher.add(Map.of(P0, StartPosition.offset(0)));
        CompletableFuture<Chunk> poll = fetcher.poll().toCompletableFuture();
        openFetch().answer(response(ID, Errors.NONE, one, 100));
        Chunk first = get(poll);
        openFetch().answer(response(ID, Errors.NONE, records(1, "x".repeat(2_000)), 100));
        Chunk second = get(fetcher.poll());
        // A single partition may hold half. Both are open: nothing may be asked for, as the answer to a later question
        // shows.
        fetcher.progress().toCompletableFuture().get(20, TimeUnit.SECONDS);
        assertEquals(2, cluster.calls(ApiKeys.FETCH).size());
        first.close();
        openFetch();
        second.close();
        assertEquals(3, cluster.calls(ApiKeys.FETCH).size());
    }

    @Test
    void aRemovedPartitionIsNotHandedOut() throws Exception {
        Fetcher fetcher = start(Map.of());
        fetcher.add(Map.of(P0, StartPosition.offset(0)));
        CompletableFuture<Chunk> poll = fetcher.poll().toCompletableFuture();
        ScriptedCluster.Call call = openFetch();
        fetcher.remove(Set.of(P0)).toCompletableFuture().get(20, TimeUnit.SECONDS);
        call.answer(response(ID, Errors.NONE, records(0, "a"), 1));
        eventually(() -> cluster.unclosedAnswers() == 0);
        assertFalse(poll.isDone());
    }

    @Test
    void anEmptyPartitionReadUntilNowTellsItsEnd() throws Exception {
        cluster.on(
                ApiKeys.LIST_OFFSETS,
                _ -> new ListOffsetsResponse(new ListOffsetsResponseData()
                        .setTopics(List.of(new ListOffsetsResponseData.ListOffsetsTopicResponse()
                                .setName("t")
                                .setPartitions(List.of(new ListOffsetsResponseData.ListOffsetsPartitionResponse()
                                        .setPartitionIndex(0)
                                        .setOffset(8)))))));
        Fetcher fetcher = start(Map.of());
        fetcher.add(Map.of(P0, StartPosition.earliest().untilNow()));
        try (Chunk chunk = get(fetcher.poll())) {
            assertTrue(chunk.endReached());
            assertFalse(chunk.records().next());
            assertEquals(8, chunk.nextOffset());
        }
        assertEquals(List.of(), cluster.calls(ApiKeys.FETCH));
    }

    @Test
    void aDeniedTopicFailsThePollAndNamesThePartition() throws Exception {
        Fetcher fetcher = start(Map.of());
        fetcher.add(Map.of(P0, StartPosition.offset(0)));
        CompletableFuture<Chunk> poll = fetcher.poll().toCompletableFuture();
        openFetch().answer(response(ID, Errors.TOPIC_AUTHORIZATION_FAILED, MemoryRecords.EMPTY, -1));
        ExecutionException failure = assertThrows(ExecutionException.class, () -> get(poll));
        assertEquals(
                P0,
                assertInstanceOf(FetchFailure.NotAuthorized.class, failure.getCause())
                        .partition());
    }

    @Test
    void aBatchWithAWrongChecksumFailsAfterWhatCameBeforeIt() throws Exception {
        MemoryRecords good = records(0, "a");
        MemoryRecords bad = records(1, "b");
        java.nio.ByteBuffer both = java.nio.ByteBuffer.allocate(good.sizeInBytes() + bad.sizeInBytes());
        both.put(good.buffer().duplicate()).put(bad.buffer().duplicate());
        both.put(both.capacity() - 2, (byte) 'c').flip();
        Fetcher fetcher = start(Map.of());
        fetcher.add(Map.of(P0, StartPosition.offset(0)));
        CompletableFuture<Chunk> poll = fetcher.poll().toCompletableFuture();
        openFetch().answer(response(ID, Errors.NONE, MemoryRecords.readableRecords(both), 2));
        try (Chunk chunk = get(poll)) {
            assertEquals(1, chunk.nextOffset());
        }
        ExecutionException failure = assertThrows(ExecutionException.class, () -> get(fetcher.poll()));
        assertEquals(
                1,
                assertInstanceOf(FetchFailure.CorruptBatch.class, failure.getCause())
                        .offset());
    }

    @Test
    void aLostConnectionIsTriedAgain() throws Exception {
        Fetcher fetcher = start(Map.of("retry.backoff.ms", 1L));
        fetcher.add(Map.of(P0, StartPosition.offset(0)));
        CompletableFuture<Chunk> poll = fetcher.poll().toCompletableFuture();
        openFetch().disconnect();
        openFetch().answer(response(ID, Errors.NONE, records(0, "a"), 1));
        get(poll).close();
        assertTrue(cluster.refreshes() > 0);
    }

    @Test
    void closingEndsThePollAndWhatComesAfter() throws Exception {
        Fetcher fetcher = start(Map.of());
        fetcher.add(Map.of(P0, StartPosition.offset(0)));
        CompletableFuture<Chunk> poll = fetcher.poll().toCompletableFuture();
        ScriptedCluster.Call call = openFetch();
        fetcher.close();
        assertThrows(CancellationException.class, () -> get(poll));
        assertThrows(CancellationException.class, () -> get(fetcher.poll()));
        call.answer(response(ID, Errors.NONE, records(0, "a"), 1));
        eventually(() -> cluster.unclosedAnswers() == 0);
    }

    @Test
    void nothingIsLeftOfAClosedFetcherWhenItsQuestionsAreAnsweredAndItsChunksClosed() throws Exception {
        Fetcher fetcher = start(Map.of());
        fetcher.add(Map.of(P0, StartPosition.offset(0)));
        CompletableFuture<Chunk> poll = fetcher.poll().toCompletableFuture();
        openFetch().answer(response(ID, Errors.NONE, records(0, "a"), 1));
        Chunk chunk = get(poll);
        fetcher.poll();
        ScriptedCluster.Call open = openFetch();
        fetcher.close();
        chunk.close();
        open.answer(response(ID, Errors.NONE, records(1, "b"), 2));
        cluster.open(_ -> true).forEach(ScriptedCluster.Call::disconnect);
        KIT.createTestProbe().expectTerminated(fetcher.actor(), java.time.Duration.ofSeconds(20));
        assertEquals(0, cluster.unclosedAnswers());
        assertThrows(CancellationException.class, () -> get(fetcher.poll()), "nobody is there to answer");
    }

    @Test
    void oneOutstandingPollIsAllowed() throws Exception {
        Fetcher fetcher = start(Map.of());
        fetcher.poll();
        ExecutionException failure = assertThrows(ExecutionException.class, () -> get(fetcher.poll()));
        assertInstanceOf(IllegalStateException.class, failure.getCause());
    }
}
