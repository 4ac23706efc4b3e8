package io.sampo.streams.produce;

import static io.sampo.streams.produce.ScriptedBroker.SETTINGS;
import static io.sampo.streams.produce.ScriptedBroker.TOPIC;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.streams.connection.ClusterView;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ProduceRequest;
import org.apache.pekko.Done;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.stream.javadsl.Keep;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.SinkQueueWithCancel;
import org.apache.pekko.stream.javadsl.Source;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class ProducerStagesTest {
    private static final ActorTestKit KIT = ActorTestKit.create();
    private final ScriptedBroker broker = new ScriptedBroker(3);

    @AfterAll
    static void end() {
        KIT.shutdownTestKit();
    }

    @Test
    void theSinkIsDoneWhenEverythingIsAcknowledged() {
        Producer producer = producer(SETTINGS);
        CompletionStage<Done> done =
                Source.range(1, 20_000).map(ProducerStagesTest::item).runWith(producer.sink(), KIT.system());
        await(done);
        List<String> all = new ArrayList<>();
        for (int partition = 0; partition < 3; partition++) {
            List<Integer> log =
                    broker.log(partition).stream().map(Integer::valueOf).toList();
            assertEquals(log.stream().sorted().toList(), log);
            all.addAll(broker.log(partition));
        }
        assertEquals(20_000, all.stream().distinct().count());
        assertEquals(20_000, all.size());
        assertEquals(SETTINGS.bufferMemoryBytes(), producer.freeBytes());
    }

    /// The records that wait for the topic are on their way to their partition while others come.
    @Test
    void recordsKeepTheirOrderWhileTheTopicBecomesKnown() {
        for (int round = 0; round < 40; round++) {
            ScriptedBroker fresh = new ScriptedBroker(1);
            ClusterView known = fresh.cluster.view();
            fresh.cluster.become(ClusterView.EMPTY);
            fresh.cluster.onRefresh(_ -> known);
            Producer producer =
                    new Producer(fresh.cluster, SETTINGS, KIT.system().executionContext()::execute);
            await(Source.range(1, 5_000).map(ProducerStagesTest::item).runWith(producer.sink(), KIT.system()));
            List<Integer> log = fresh.log(0).stream().map(Integer::valueOf).toList();
            for (int number = 1; number <= 5_000; number++) {
                assertEquals(number, log.get(number - 1), "round " + round);
            }
            assertEquals(5_000, log.size());
        }
    }

    @Test
    void anEmptySourceIsDoneAtOnce() {
        await(Source.<ProducerItem<Integer>>empty().runWith(producer(SETTINGS).sink(), KIT.system()));
    }

    @Test
    void theSinkFailsWithTheFirstRecordThatFails() {
        broker.rule((_, _, _) -> ScriptedBroker.error(Errors.INVALID_TOPIC_EXCEPTION));
        CompletionStage<Done> done = Source.range(1, 10)
                .map(ProducerStagesTest::item)
                .concat(Source.maybe())
                .runWith(producer(SETTINGS).sink(), KIT.system());
        assertInstanceOf(InvalidTopicException.class, failure(done));
    }

    @Test
    void aSinkTakesNoMoreRecordsThanThereIsRoomFor() {
        broker.cluster.on(ApiKeys.PRODUCE, _ -> null);
        AtomicInteger taken = new AtomicInteger();
        CompletionStage<Done> done = Source.range(1, 3_000)
                .map(number -> {
                    taken.incrementAndGet();
                    return item(number);
                })
                .runWith(producer(ProducerTest.memory(SETTINGS, 10_000)).sink(), KIT.system());
        while (!done.toCompletableFuture().isDone()) {
            broker.cluster
                    .open(call -> call.request().apiKey() == ApiKeys.PRODUCE)
                    .forEach(call -> call.answer(broker.produce(call.nodeId(), call.as(ProduceRequest.class))));
            int takenNow = taken.get();
            int acknowledged = acknowledged();
            assertTrue(takenNow - acknowledged < 10_000 / 6 + 200, "taken without room");
            Thread.onSpinWait();
        }
        await(done);
        assertEquals(3_000, acknowledged());
    }

    private int acknowledged() {
        return broker.log(0).size() + broker.log(1).size() + broker.log(2).size();
    }

    @Test
    void theFlowGivesResultsInTheOrderOfTheRecords() {
        List<ProducerResult<Integer>> results = await(Source.range(1, 20_000)
                .map(ProducerStagesTest::item)
                .via(producer(SETTINGS).<Integer>flow())
                .runWith(Sink.seq(), KIT.system()));
        assertEquals(
                IntStream.rangeClosed(1, 20_000).boxed().toList(),
                results.stream().map(ProducerResult::passthrough).toList());
        for (ProducerResult<Integer> result : results) {
            List<String> log = broker.log(result.sent().partition());
            assertEquals("" + result.passthrough(), log.get((int) result.sent().offset()));
        }
    }

    @Test
    void theFlowGivesTheResultsBeforeTheFirstFailure() throws Exception {
        broker.rule((_, _, records) -> records.records().iterator().next().valueSize() > 2
                ? ScriptedBroker.error(Errors.INVALID_TOPIC_EXCEPTION)
                : null);
        ProducerSettings each = new ProducerSettings(
                (short) -1,
                1,
                1,
                0,
                100_000,
                10_000,
                20_000,
                5_000,
                10_000,
                SETTINGS.compression(),
                true,
                5,
                Integer.MAX_VALUE,
                5,
                20,
                false);
        SinkQueueWithCancel<ProducerResult<Integer>> queue = Source.range(98, 102)
                .map(ProducerStagesTest::item)
                .via(producer(each).<Integer>flow())
                .toMat(Sink.queue(), Keep.right())
                .run(KIT.system());
        assertEquals(98, await(queue.pull()).orElseThrow().passthrough());
        assertEquals(99, await(queue.pull()).orElseThrow().passthrough());
        assertInstanceOf(InvalidTopicException.class, failure(queue.pull()));
    }

    @Test
    void aFlowWhoseResultsAreNotTakenTakesNoMoreRecords() {
        AtomicInteger taken = new AtomicInteger();
        SinkQueueWithCancel<ProducerResult<Integer>> queue = Source.range(1, 1_000_000)
                .map(number -> {
                    taken.incrementAndGet();
                    return item(number);
                })
                .via(producer(SETTINGS).<Integer>flow())
                .toMat(
                        Sink.<ProducerResult<Integer>>queue()
                                .withAttributes(org.apache.pekko.stream.Attributes.inputBuffer(1, 1)),
                        Keep.right())
                .run(KIT.system());
        assertEquals(1, await(queue.pull()).orElseThrow().passthrough());
        assertFalse(taken.get() > 20_000, taken + " records taken for one result");
        queue.cancel();
    }

    private static ProducerItem<Integer> item(int number) {
        return ProducerItem.of(TOPIC, null, ("" + number).getBytes(StandardCharsets.UTF_8), number);
    }

    private Producer producer(ProducerSettings settings) {
        return new Producer(broker.cluster, settings, KIT.system().executionContext()::execute);
    }

    private static <T> T await(CompletionStage<T> stage) {
        return stage.toCompletableFuture().orTimeout(60, TimeUnit.SECONDS).join();
    }

    private static @Nullable Throwable failure(CompletionStage<?> stage) {
        return assertThrows(
                        ExecutionException.class,
                        () -> stage.toCompletableFuture().get(60, TimeUnit.SECONDS))
                .getCause();
    }
}
