package io.sampo.bench.client;

import io.sampo.streams.Codec;
import io.sampo.streams.Outgoing;
import io.sampo.streams.Span;
import io.sampo.streams.StreamClient;
import io.sampo.streams.Topic;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.apache.pekko.stream.KillSwitches;
import org.apache.pekko.stream.UniqueKillSwitch;
import org.apache.pekko.stream.javadsl.Keep;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;

/// Sampo's stream client: a topic's sink and its readings; `send` for one record at a time.
final class SampoStreams implements ClientUnderTest {
    /// One for each `linger.ms`, which is a client's.
    private final StreamClient throughput;

    private final StreamClient latency;

    SampoStreams(String bootstrap) {
        this.throughput = connect(bootstrap, Settings.THROUGHPUT_LINGER_MS);
        this.latency = connect(bootstrap, Settings.LATENCY_LINGER_MS);
    }

    private static StreamClient connect(String bootstrap, int lingerMs) {
        Map<String, String> settings = new HashMap<>(Settings.producer(bootstrap, lingerMs));
        settings.putAll(Settings.consumer(bootstrap));
        return StreamClient.connect(settings);
    }

    private static Topic<byte[], byte[]> topic(StreamClient client, Work work) {
        return client.topic(work.topic(), Codec.bytes(), Codec.bytes());
    }

    private static Outgoing<byte[], byte[]> outgoing(Written written) {
        return Outgoing.<byte[], byte[]>of(null, written.value()).toPartition(written.partition());
    }

    @Override
    public Writing writing(Work work) {
        Topic<byte[], byte[]> topic = topic(throughput, work);
        return new Writing() {
            @Override
            public void run(Iterator<Written> records) throws Exception {
                Source.fromIterator(() -> records)
                        .map(SampoStreams::outgoing)
                        .runWith(topic.sink(), throughput.system())
                        .toCompletableFuture()
                        .get();
            }

            @Override
            public void close() {
                // the client stays
            }
        };
    }

    @Override
    public void read(Work work, Predicate<byte[]> more) throws Exception {
        topic(throughput, work)
                .read(Span.all())
                .takeWhile(event -> more.test(event.value()))
                .runWith(Sink.ignore(), throughput.system())
                .toCompletableFuture()
                .get();
    }

    @Override
    public Sender sender(Work work) {
        Topic<byte[], byte[]> topic = topic(latency, work);
        return new Sender() {
            @Override
            public CompletionStage<?> send(Written written) {
                return topic.send(outgoing(written));
            }

            @Override
            public void close() {
                // the client stays
            }
        };
    }

    @Override
    public Tail tail(Work work, Consumer<byte[]> values) {
        var running = topic(latency, work)
                .read(Span.fromNow())
                .viaMat(KillSwitches.single(), Keep.right())
                .toMat(Sink.foreach(event -> values.accept(event.value())), Keep.both())
                .run(latency.system());
        UniqueKillSwitch end = running.first();
        return () -> {
            end.shutdown();
            running.second().toCompletableFuture().join();
        };
    }

    @Override
    public void close() {
        latency.close();
        throughput.close();
    }
}
