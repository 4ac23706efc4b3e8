package io.sampo.streams.consume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.streams.fetch.Chunk;
import io.sampo.streams.fetch.Fetcher;
import io.sampo.streams.fetch.StartPosition;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.TopicPartition;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.japi.Pair;
import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.Outlet;
import org.apache.pekko.stream.SourceShape;
import org.apache.pekko.stream.javadsl.Keep;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.SinkQueueWithCancel;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.stream.stage.AbstractGraphStageWithMaterializedValue;
import org.apache.pekko.stream.stage.AbstractOutHandler;
import org.apache.pekko.stream.stage.AsyncCallback;
import org.apache.pekko.stream.stage.GraphStageLogic;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class ChunkArrivalTest {
    private static final ActorTestKit KIT = ActorTestKit.create();

    private final EndlessLogs logs = new EndlessLogs(1);
    private final Fetcher fetcher = logs.fetcher(KIT.system(), 1);
    private final BlockingQueue<Chunk> heard = new LinkedBlockingQueue<>();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();

    @AfterAll
    static void stop() {
        KIT.shutdownTestKit();
    }

    /// A stage that only hears.
    private final class Hearing
            extends AbstractGraphStageWithMaterializedValue<SourceShape<Chunk>, AsyncCallback<Chunk>> {
        private final Outlet<Chunk> out = Outlet.create("Hearing.out");

        @Override
        public SourceShape<Chunk> shape() {
            return SourceShape.of(out);
        }

        @Override
        public Pair<GraphStageLogic, AsyncCallback<Chunk>> createLogicAndMaterializedValuePair(Attributes attributes) {
            GraphStageLogic logic = new GraphStageLogic(shape()) {
                {
                    setHandler(out, new AbstractOutHandler() {
                        @Override
                        public void onPull() {}
                    });
                }

                @Override
                public void postStop() {
                    ended.complete(null);
                }
            };
            return Pair.create(logic, logic.createAsyncCallback(heard::add));
        }
    }

    private Chunk chunk() throws Exception {
        TopicPartition partition = new TopicPartition(EndlessLogs.TOPIC, 0);
        get(fetcher.add(Map.of(partition, StartPosition.offset(0))));
        return get(fetcher.poll());
    }

    private static <T> T get(CompletionStage<T> stage) throws Exception {
        return stage.toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    private void allIsGivenBack() throws InterruptedException {
        fetcher.close();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (logs.unclosedAnswers() > 0) {
            assertTrue(System.nanoTime() < deadline, "memory is not given back");
            Thread.sleep(2);
        }
    }

    @Test
    void whoRunsHears() throws Exception {
        Pair<AsyncCallback<Chunk>, SinkQueueWithCancel<Chunk>> run =
                Source.fromGraph(new Hearing()).toMat(Sink.queue(), Keep.both()).run(KIT.system());
        Chunk chunk = chunk();
        ChunkArrival.tell(run.first(), chunk, chunk);
        assertEquals(chunk, heard.poll(20, TimeUnit.SECONDS));
        assertTrue(logs.unclosedAnswers() > 0, "it belongs to the stage");
        chunk.close();
        run.second().cancel();
        allIsGivenBack();
    }

    @Test
    void whatComesAfterTheEndIsGivenBack() throws Exception {
        Pair<AsyncCallback<Chunk>, SinkQueueWithCancel<Chunk>> run =
                Source.fromGraph(new Hearing()).toMat(Sink.queue(), Keep.both()).run(KIT.system());
        Chunk chunk = chunk();
        run.second().cancel();
        get(ended);
        ChunkArrival.tell(run.first(), chunk, chunk);
        allIsGivenBack();
        assertTrue(heard.isEmpty());
    }
}
