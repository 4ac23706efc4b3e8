package io.sampo.streams.produce;

import static io.sampo.streams.produce.ScriptedBroker.SETTINGS;
import static io.sampo.streams.produce.ScriptedBroker.TOPIC;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.streams.Sent;
import io.sampo.streams.connection.ScriptedCluster;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.ProduceRequest;
import org.junit.jupiter.api.Test;

/// Which thread does what: the executor runs nothing before the test says so.
class ProducerThreadsTest {
    private final ScriptedBroker broker = new ScriptedBroker(1);
    private final ArrayDeque<Runnable> executor = new ArrayDeque<>();

    @Test
    void withoutLingerTheCallerSends() {
        Producer producer = ready(0, 2);
        CompletionStage<Sent> first = send(producer);
        assertEquals(1, open().size(), "sent when send returns");
        answer();
        runAll();
        assertTrue(first.toCompletableFuture().isDone());
    }

    @Test
    void whileANodeIsBusyTheExecutorSends() {
        Producer producer = ready(0, 1);
        CompletionStage<Sent> first = send(producer);
        CompletionStage<Sent> second = send(producer);
        assertEquals(1, open().size(), "one in flight");
        answer();
        assertEquals(0, open().size(), "whoever brings the answer has others to bring");
        runAll();
        assertEquals(1, open().size());
        answer();
        runAll();
        assertTrue(first.toCompletableFuture().isDone());
        assertTrue(second.toCompletableFuture().isDone());
    }

    @Test
    void whatCallersDoWhenTheyHearRunsOnTheExecutorOnly() {
        Producer producer = ready(0, 5);
        List<Integer> heard = new ArrayList<>();
        CompletableFuture<Void> first =
                send(producer).thenRun(() -> heard.add(1)).toCompletableFuture();
        answer();
        assertFalse(first.isDone(), "not on the thread that brought the answer");
        assertEquals(List.of(), heard);
        CompletionStage<Void> second = send(producer).thenRun(() -> heard.add(2));
        assertEquals(1, open().size(), "what is not told yet holds up nothing");
        answer();
        assertEquals(List.of(), heard);
        runAll();
        assertEquals(List.of(1, 2), heard);
        assertTrue(second.toCompletableFuture().isDone());
    }

    @Test
    void withLingerTheCallerLeavesSendingToTheExecutor() {
        Producer producer = ready(10_000, 5);
        send(producer);
        assertEquals(0, open().size());
        producer.flush();
        assertEquals(0, open().size());
        runAll();
        assertEquals(1, open().size());
    }

    /// One that knows its topic and has its producer id.
    private Producer ready(long lingerMs, int maxInFlight) {
        Producer producer = new Producer(
                broker.cluster,
                ProducerTest.change(
                        SETTINGS, lingerMs, SETTINGS.bufferMemoryBytes(), SETTINGS.maxBlockMs(), maxInFlight),
                executor::add,
                (_, _) -> {},
                () -> 0,
                () -> 1_000);
        CompletionStage<Sent> sent = send(producer);
        producer.flush();
        runAll();
        assertTrue(sent.toCompletableFuture().isDone());
        broker.cluster.on(ApiKeys.PRODUCE, _ -> null);
        return producer;
    }

    private void runAll() {
        Runnable next;
        while ((next = executor.poll()) != null) {
            next.run();
        }
    }

    private List<ScriptedCluster.Call> open() {
        return broker.cluster.open(call -> call.request().apiKey() == ApiKeys.PRODUCE);
    }

    private void answer() {
        open().forEach(call -> call.answer(broker.produce(call.nodeId(), call.as(ProduceRequest.class))));
    }

    private static CompletionStage<Sent> send(Producer producer) {
        return producer.send(
                TOPIC,
                OptionalInt.of(0),
                OptionalLong.empty(),
                null,
                "v".getBytes(StandardCharsets.UTF_8),
                new RecordHeaders());
    }
}
