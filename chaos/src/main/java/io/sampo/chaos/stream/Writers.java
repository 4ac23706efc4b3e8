package io.sampo.chaos.stream;

import io.sampo.streams.Outgoing;
import io.sampo.streams.StreamClient;
import io.sampo.streams.Topic;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.apache.pekko.Done;
import org.apache.pekko.NotUsed;
import org.apache.pekko.japi.Pair;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;

/// Two streams of one client that write at a steady rate, each its own keys: one into the topic's sink, which
/// says at its end that all is acknowledged, the other through the topic's flow, which says it of each record.
///
/// Thread rule: the run's thread.
final class Writers {
    private static final int KEYS = 12;

    private final Account account;
    private final Topic<String, Long> topic;
    private final int perSecond;
    private final CompletableFuture<Done> intoSink;
    private final CompletableFuture<Done> throughFlow;
    private volatile boolean stopping;

    /// @param perSecond records a second, of both together
    Writers(StreamClient client, Topic<String, Long> topic, Account account, int perSecond) {
        this.account = account;
        this.topic = topic;
        this.perSecond = Math.max(1, perSecond / 2);
        List<String> sinkKeys = keys("sink-");
        this.intoSink = items(sinkKeys)
                .map(Writers::outgoing)
                .runWith(topic.sink(), client.system())
                .whenComplete((_, failure) -> ended("the sink", sinkKeys, failure))
                .toCompletableFuture();
        List<String> flowKeys = keys("flow-");
        this.throughFlow = items(flowKeys)
                .map(item -> Pair.create(outgoing(item), item))
                .via(topic.<Item>flow())
                .runWith(
                        Sink.foreach(pair -> account.acknowledged(
                                pair.second(),
                                new Spot(pair.first().partition(), pair.first().offset()))),
                        client.system())
                .whenComplete((_, failure) -> ended("the flow", List.of(), failure))
                .toCompletableFuture();
    }

    private static List<String> keys(String prefix) {
        return IntStream.range(0, KEYS).mapToObj(i -> prefix + i).toList();
    }

    private Source<Item, NotUsed> items(List<String> keys) {
        return Source.unfold(
                        0L,
                        count -> stopping
                                ? Optional.<Pair<Long, Item>>empty()
                                : Optional.of(
                                        Pair.create(count + 1, new Item(keys.get((int) (count % KEYS)), count / KEYS))))
                .throttle(perSecond, Duration.ofSeconds(1))
                .map(item -> {
                    account.sent(item);
                    return item;
                });
    }

    private static Outgoing<String, Long> outgoing(Item item) {
        return Outgoing.of(item.key(), item.number());
    }

    private void ended(String what, List<String> keys, @org.jspecify.annotations.Nullable Throwable failure) {
        if (failure != null) {
            account.failed(what + " failed after " + account.nowMs() + " ms: " + failure);
        } else if (!stopping) {
            account.failed(what + " ended by itself after " + account.nowMs() + " ms");
        } else {
            account.allAcknowledged(keys);
        }
    }

    /// Ends both streams and waits for the outcome of all that was sent.
    void end(Duration limit) {
        stopping = true;
        CompletionStage<?> both = CompletableFuture.allOf(intoSink, throughFlow);
        try {
            both.toCompletableFuture().get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException _) {
            account.failed("not all that was sent to " + topic.name() + " had its outcome within " + limit);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            account.failed("interrupted");
        } catch (java.util.concurrent.ExecutionException _) {
            return; // told by the stream itself
        }
    }
}
